using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using BrokerQueues.TestKit;

namespace BrokerQueues.Integration.Tests;

/// <summary>Real TLS listeners on the broker of the tests, each with a certificate of its own; opened at run time and closed afterwards.</summary>
public sealed class TlsListeners : IDisposable
{
    public const string ClientName = "bq-tls-client";

    private readonly List<int> _opened = [];

    public TlsListeners()
    {
        using X509Certificate2 good = Own.Issue("CN=broker", ["localhost", "127.0.0.1"]);
        using X509Certificate2 other = Own.Issue("CN=other", ["other.example", "10.9.8.7"]);
        using X509Certificate2 expired = Own.Issue("CN=late", ["localhost"], TimeSpan.FromDays(-1));
        using X509Certificate2 stranger = Foreign.Issue("CN=broker", ["localhost"]);
        using X509Certificate2 client = Own.Issue($"CN={ClientName}", []);
        ClientPem = Own.Write("client.pem", client.ExportCertificatePem());
        ClientKey = Own.Write("client.key", client.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        ClientPfx = Own.Write("client.pfx", client.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "sesame"));
        using X509Certificate2 unknownClient = Foreign.Issue($"CN={ClientName}", []);
        UnknownClientPfx = Foreign.Write("client.pfx", unknownClient.Export(X509ContentType.Pkcs12));
        (Good, Other, Expired, Stranger, Demanding) = (FreePort(), FreePort(), FreePort(), FreePort(), FreePort());
        TestBroker.Shared.Control("eval", string.Join(' ', [
            "rabbit_networking:ensure_ssl(), application:set_env(rabbit, auth_mechanisms, ['PLAIN', 'AMQPLAIN', 'EXTERNAL']), application:set_env(rabbit, ssl_cert_login_from, common_name), application:set_env(rabbit, ssl_options, [{verify, verify_peer}, {fail_if_no_peer_cert, true}]),",
            Listen(Good, good, demanding: false), Listen(Other, other, demanding: false), Listen(Expired, expired, demanding: false), Listen(Stranger, stranger, demanding: false),
            Listen(Demanding, good, demanding: true), "ok.",
        ]));
    }

    /// <summary>The authority that the tests trust.</summary>
    internal Certificates Own { get; } = new("bq test authority");

    internal Certificates Foreign { get; } = new("somebody else");

    public string ClientPem { get; }

    public string ClientKey { get; }

    /// <summary>Its password is <c>sesame</c>.</summary>
    public string ClientPfx { get; }

    public string UnknownClientPfx { get; }

    public int Good { get; }

    public int Other { get; }

    public int Expired { get; }

    public int Stranger { get; }

    public int Demanding { get; }

    public void Dispose()
    {
        TestBroker.Shared.Control("eval", string.Concat(_opened.Select(port => $"catch rabbit_networking:stop_tcp_listener({{\"127.0.0.1\", {port}, auto}}), ")) + "ok.");
        Own.Dispose();
        Foreign.Dispose();
    }

    private string Listen(int port, X509Certificate2 certificate, bool demanding)
    {
        _opened.Add(port);
        string key = Convert.ToBase64String(certificate.GetRSAPrivateKey()!.ExportRSAPrivateKey());
        return $"rabbit_networking:start_ssl_listener({{\"127.0.0.1\", {port}, auto}}, [{{cert, base64:decode(<<\"{Convert.ToBase64String(certificate.RawData)}\">>)}}, " +
            $"{{key, {{'RSAPrivateKey', base64:decode(<<\"{key}\">>)}}}}, {{cacerts, [base64:decode(<<\"{Convert.ToBase64String(Own.Authority)}\">>)]}}, " +
            $"{{verify, {(demanding ? "verify_peer}, {fail_if_no_peer_cert, true" : "verify_none")}}}], 1),";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

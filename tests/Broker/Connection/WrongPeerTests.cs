using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BrokerQueues.Broker.Connection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Tests.Connection;

/// <summary>Something listens at the address, and it is no broker: what is told by the real client's attempt to connect.</summary>
public sealed class WrongPeerTests
{
    private const string BadRequest = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_web_server_is_told_to_speak_another_protocol() =>
        Assert.Contains("it gave no answer in AMQP; it expects TLS there (amqps://, as a rule port 5671), speaks another protocol (as a web server does), or is still starting", await FailureAsync(BadRequest), StringComparison.Ordinal);

    [Fact]
    public async Task A_web_server_behind_tls_may_be_a_broker_that_demands_a_certificate_and_both_are_told() =>
        Assert.Contains("or it is no broker, and speaks another protocol than AMQP", await FailureAsync(BadRequest, servesTls: true, asksForTls: true), StringComparison.Ordinal);

    [Fact]
    public async Task A_web_server_without_tls_that_is_asked_for_tls_is_told_to_have_none() =>
        Assert.Contains("it does not speak TLS there", await FailureAsync(BadRequest, asksForTls: true), StringComparison.Ordinal);

    [Theory]
    [InlineData("220 mail.example ESMTP ready\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n")]
    [InlineData("-ERR unknown command 'AMQP'\r\n")]
    public async Task What_speaks_something_else_is_told_to(string greeting) =>
        Assert.Contains("speaks another protocol (as a web server does)", await FailureAsync(greeting), StringComparison.Ordinal);

    [Theory]
    [InlineData(15672, "15672 is as a rule the port of the management UI, which speaks HTTP, while the broker's port for AMQP is 5672")]
    [InlineData(25672, "25672 is as a rule the port on which brokers and rabbitmqctl speak with each other, while")]
    [InlineData(5552, "5552 is as a rule the port of the stream protocol, while")]
    public void A_port_that_is_known_for_something_else_is_told_to_be(int port, string told)
    {
        Assert.Contains(told, Explain(new TimeoutException("the broker has not answered within 20 s"), port), StringComparison.Ordinal);
        Assert.Contains(told, Explain(new BrokerUnreachableException(new SocketException((int)SocketError.ConnectionRefused)), port), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broker_that_answers_at_an_unusual_port_is_not_doubted()
    {
        Assert.DoesNotContain("as a rule the port", Explain(new BrokerUnreachableException(new AuthenticationFailureException("ACCESS_REFUSED")), 15672), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "as a rule the port", Explain(new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Peer, 530, "NOT_ALLOWED - vhost v not found")), 15672), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_has_said_where_the_broker_is_the_address_is_told_to_be_the_default()
    {
        OpenConnection refused = (_, _, _) => throw new BrokerUnreachableException(new SocketException((int)SocketError.ConnectionRefused));
        const string Told = "; this is the default address: neither BrokerQueues:Uri nor BrokerQueues:Hosts is set)";
        Assert.Contains(Told, await FailureAsync(new BrokerQueuesOptions(), refused), StringComparison.Ordinal);
        Assert.Contains(Told, await FailureAsync(new BrokerQueuesOptions { UserName = "app" }, refused), StringComparison.Ordinal);
        Assert.DoesNotContain("default", await FailureAsync(new BrokerQueuesOptions { Uri = new Uri("amqp://guest:guest@localhost:5672/") }, refused), StringComparison.Ordinal);
        Assert.DoesNotContain("default", await FailureAsync(new BrokerQueuesOptions { Hosts = ["localhost"] }, refused), StringComparison.Ordinal);
    }

    private static string Explain(Exception exception, int port)
    {
        Assert.True(BrokerAddress.TryRead(new BrokerQueuesOptions(), [], out BrokerAddress? address));
        return ConnectFailure.Explain(exception, address, "guest", check: null, port);
    }

    private static async Task<string> FailureAsync(BrokerQueuesOptions options, OpenConnection? open = null)
    {
        var connector = new BrokerConnector(
            ConnectionRole.Publishing, new FixedOptions(options), credentials: null, new NodeIdentity(Options.Create(options)), TimeProvider.System, NullLogger.Instance, open);
        return (await Assert.ThrowsAsync<ConnectRoundFailedException>(() => connector.ConnectAsync(CancellationToken.None).WaitAsync(s_limit))).Message;
    }

    /// <summary>Of a listener that says this to whatever it hears first, and closes.</summary>
    private static async Task<string> FailureAsync(string answer, bool servesTls = false, bool asksForTls = false)
    {
        using X509Certificate2 certificate = NewCertificate();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string caFile = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(caFile, certificate.ExportCertificatePem());
            int port = ((IPEndPoint)listener.LocalEndpoint).Port;
            Task serving = ServeAsync(listener, answer, servesTls ? certificate : null);
            string failure = await FailureAsync(new BrokerQueuesOptions
            {
                Uri = new Uri($"{(asksForTls ? "amqps" : "amqp")}://guest:guest@127.0.0.1:{port}/"),
                Tls = { CaFile = asksForTls ? caFile : null },
            });
            await serving.WaitAsync(s_limit);
            return failure;
        }
        finally
        {
            File.Delete(caFile);
        }
    }

    private static async Task ServeAsync(TcpListener listener, string answer, X509Certificate2? certificate)
    {
        using TcpClient peer = await listener.AcceptTcpClientAsync();
        Stream stream = peer.GetStream();
        await using SslStream? tls = certificate is null ? null : new SslStream(stream);
        try
        {
            if (tls is not null)
            {
                await tls.AuthenticateAsServerAsync(certificate!);
                stream = tls;
            }

            await stream.ReadExactlyAsync(new byte[1]);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
            while (await stream.ReadAsync(new byte[512]) > 0)
            {
                // Until the client goes, so that no reset overtakes the answer.
            }
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=web", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// Where the broker is and as whom, out of the options. The client's own reading of a URI accepts a certificate of any name, and a URI quoted
/// in an error has the password in it: so it is read here, and no message repeats any of it.
/// </summary>
internal sealed class BrokerAddress
{
    private const int PlainPort = 5672;
    private const int TlsPort = 5671;

    private static readonly SearchValues<char> s_notInHost = SearchValues.Create("@/?#,; ");

    private BrokerAddress(IReadOnlyList<BrokerHost> hosts, bool isDefault, bool isTls, string virtualHost, BrokerCredentials credentials)
    {
        IsDefault = isDefault;
        Hosts = hosts;
        IsTls = isTls;
        VirtualHost = virtualHost;
        Credentials = credentials;
    }

    public IReadOnlyList<BrokerHost> Hosts { get; }

    /// <summary>Whether nobody has said where the broker is.</summary>
    public bool IsDefault { get; }

    public bool IsTls { get; }

    public string VirtualHost { get; }

    public BrokerCredentials Credentials { get; }

    /// <summary>Reads the options; what is wrong with them goes into <paramref name="errors"/>.</summary>
    public static bool TryRead(BrokerQueuesOptions options, List<string> errors, [NotNullWhen(true)] out BrokerAddress? address)
    {
        address = null;
        int before = errors.Count;
        if (options.Uri is not { IsAbsoluteUri: true, Scheme: "amqp" or "amqps", Host.Length: > 0 } uri)
        {
            errors.Add(
                $"Uri must look like amqp://user:password@host:5672/vhost. {WhatIsMeant(options.Uri)}Characters that mean something in a URI (such as / ? # @ in a password) are written " +
                "percent-encoded, or set UserName and Password instead.");
            return false;
        }

        // A password with such a character in it splits in the wrong place, and its rest must not be shown as a virtual host.
        if (uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.Segments.Length > 2 || uri.AbsolutePath.Contains('@', StringComparison.Ordinal))
        {
            errors.Add(
                "Uri has more than one path segment, a '?', '#', or a '@' after the host. In a user, password or virtual host write / as %2F, ? as %3F, # as %23 and @ as " +
                "%40; what is set by parameters elsewhere (heartbeat, connection timeout) has options of its own here.");
            return false;
        }

        bool isTls = uri.Scheme == "amqps" || options.Tls is { Enabled: true };
        List<BrokerHost> hosts = ReadHosts(options.Hosts, isTls ? TlsPort : PlainPort, errors);
        bool isOfUri = hosts.Count == 0;
        if (isOfUri)
        {
            // The port of the default is that of a broker without TLS.
            hosts = [new BrokerHost(uri.DnsSafeHost, options.IsUriGiven && uri.Port >= 0 ? uri.Port : isTls ? TlsPort : PlainPort)];
        }

        string path = uri.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(uri.AbsolutePath[1..]) : "/";
        string[] user = uri.UserInfo.Split(':', 2);
        string name = options.UserName ?? (uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(user[0]) : "guest");
        string password = options.Password ?? (user.Length > 1 ? Uri.UnescapeDataString(user[1]) : "guest");
        if (errors.Count > before)
        {
            return false;
        }

        address = new BrokerAddress(hosts, isOfUri && !options.IsUriGiven, isTls, options.VirtualHost ?? path, new BrokerCredentials(name, password));
        return true;
    }

    private static List<BrokerHost> ReadHosts(IList<string>? hosts, int defaultPort, List<string> errors)
    {
        var read = new List<BrokerHost>();
        for (int index = 0; index < (hosts?.Count ?? 0); index++)
        {
            // Not quoted: a whole URI with its password may have been put here.
            string text = hosts![index]?.Trim() ?? "";
            if (TryReadHost(text, defaultPort) is { } host)
            {
                read.Add(host);
            }
            else
            {
                errors.Add($"Hosts[{index}] {WhatIsWrong(text)} Write a host name or address with or without a port, such as rabbit-1:5672 or [::1]:5672.");
            }
        }

        return [.. read.Distinct()];
    }

    private static string WhatIsMeant(Uri? uri) => uri is { IsAbsoluteUri: true } ? uri.Scheme switch
    {
        "http" or "https" => "What begins with http is the address of the management UI as a rule (port 15672), and not that of the broker (5672, with TLS 5671). ",
        "amqp" or "amqps" => "It has no host. ",
        _ => "Where it begins with a host, put amqp:// before it, or amqps:// for TLS. ",
    } : "";

    private static string WhatIsWrong(string text) =>
        text.Length == 0 ? "is empty." :
        text.Contains("://", StringComparison.Ordinal) ? "is a whole URI. User, password and virtual host belong into Uri, or UserName, Password and VirtualHost; TLS is amqps:// in Uri, or Tls:Enabled." :
        text.Contains('@', StringComparison.Ordinal) ? "has an '@'. User and password belong into Uri, or UserName and Password." :
        text.AsSpan().ContainsAny("/?#") ? "has more than a host and its port. The virtual host belongs into VirtualHost." :
        text.AsSpan().ContainsAny(" ,;") ? "seems to have several hosts in it. Each is an entry of its own in the list; in one text they are separated by commas." :
        text.Contains(':', StringComparison.Ordinal) ? "has a port that is no number from 1 to 65535, or is an IPv6 address without brackets." :
        "is no host name.";

    private static BrokerHost? TryReadHost(string text, int defaultPort)
    {
        string bracketed = IPAddress.TryParse(text, out IPAddress? address) &&
            address.AddressFamily == AddressFamily.InterNetworkV6 && text[0] != '[' ? $"[{text}]" : text;
        return text.Length > 0 && !text.AsSpan().ContainsAny(s_notInHost) &&
            Uri.TryCreate($"amqp://{bracketed}", UriKind.Absolute, out Uri? uri) && uri.DnsSafeHost.Length > 0 && uri.Port != 0
            ? new BrokerHost(uri.DnsSafeHost, uri.Port > 0 ? uri.Port : defaultPort)
            : null;
    }
}

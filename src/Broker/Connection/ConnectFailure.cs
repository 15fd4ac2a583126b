using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using BrokerQueues.Broker.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Connection;

/// <summary>Why an attempt to connect failed, in words that say what to do: the client's own are as a rule those of its innermost read.</summary>
internal static class ConnectFailure
{
    /// <summary>A clause about the broker that was tried: "it refused ...".</summary>
    public static string Explain(Exception exception, BrokerAddress address, string userName, CertificateCheck? check, int port = 0)
    {
        string text = ExplainCause(exception, address, userName, check);
        return OtherPort(port) is { } other && !SpokeAmqp(exception) ? $"{text}; {other}, while the broker's port for AMQP is 5672, and 5671 for TLS" : text;
    }

    /// <summary>What stands at a port as a rule that is not one for AMQP.</summary>
    private static string? OtherPort(int port) => port switch
    {
        15672 or 15671 => $"{port} is as a rule the port of the management UI, which speaks HTTP",
        15692 => "15692 is as a rule the port of Prometheus' metrics",
        25672 => "25672 is as a rule the port on which brokers and rabbitmqctl speak with each other",
        4369 => "4369 is as a rule the port of epmd",
        5552 or 5551 => $"{port} is as a rule the port of the stream protocol",
        1883 or 8883 => $"{port} is as a rule the port of MQTT",
        61613 or 61614 => $"{port} is as a rule the port of STOMP",
        _ => null,
    };

    private static bool SpokeAmqp(Exception exception) =>
        Flatten(exception).Any(cause => cause is AuthenticationFailureException or OperationInterruptedException { ShutdownReason.Initiator: ShutdownInitiator.Peer });

    private static string ExplainCause(Exception exception, BrokerAddress address, string userName, CertificateCheck? check)
    {
        if (check?.Refusal is { } refusal)
        {
            return refusal;
        }

        List<Exception> causes = [.. Flatten(exception)];
        foreach (Exception cause in causes)
        {
            if (ExplainOne(cause, causes, address, userName, check) is { } text)
            {
                return text;
            }
        }

        return ExceptionText.MessageOf(causes[^1]);
    }

    private static string? ExplainOne(Exception cause, List<Exception> causes, BrokerAddress address, string userName, CertificateCheck? check) => cause switch
    {
        CertificateFileException => cause.Message,
        AuthenticationFailureException => RefusedLogin(address, userName),
        OperationInterruptedException { ShutdownReason: { } reason } => RefusedVirtualHost(reason, address, userName),
        ProtocolVersionMismatchException => "it speaks another protocol than AMQP 0-9-1",
        AuthenticationException or IOException or MalformedFrameException => ExplainTransport(causes, address, check),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "nothing listens there; check host and port, and that the broker runs",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "the host name is not known; check its spelling, and DNS",
        SocketException socket => socket.Message,
        // A listener for TLS of 4.3 waits for ever for the rest of what AMQP's first eight bytes look like to it.
        TimeoutException when causes.Count == 1 => $"{cause.Message}; the broker hangs, a firewall drops what it says{(address.IsTls ? "" : ", or it expects TLS there (amqps://)")}",
        TimeoutException => "no connection in time; the machine is down, or a firewall drops what is sent there",
        _ => null,
    };

    private static string RefusedLogin(BrokerAddress address, string userName)
    {
        string hint = userName == "guest" && !address.Hosts.All(host => host.Name == "localhost" || (IPAddress.TryParse(host.Name, out IPAddress? ip) && IPAddress.IsLoopback(ip)))
            ? "; and 'guest' may log in only from the broker's own machine, unless loopback_users says otherwise"
            : "";
        return $"it refused the login: user '{userName}' is unknown to it, or the password is wrong{hint}";
    }

    /// <summary>What the broker answers to connection.open; the texts are those of 3.10 and 4.3.</summary>
    private static string RefusedVirtualHost(ShutdownEventArgs reason, BrokerAddress address, string userName)
    {
        string host = address.VirtualHost;
        string text = reason.ReplyText;
        bool Says(string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
        return
            // Before the others, whose words it has in it.
            Says("connection limit") || Says("maximum allowed user limit") ? $"a limit is reached: {text}. Raise it (rabbitmqctl set_vhost_limits or set_user_limits), or close connections" :
            Says("not found") ? $"it has no virtual host '{host}'. Add it (rabbitmqctl add_vhost {host}), or correct the one in the options" :
            Says("is down") ? $"its virtual host '{host}' is stopped. Start it (rabbitmqctl restart_vhost --vhost {host}), and see the broker's log for the cause" :
            Says("refused for user") ? $"user '{userName}' may not use virtual host '{host}'. Grant it (rabbitmqctl set_permissions -p {host} {userName} CONFIGURE WRITE READ)" :
            $"it ended the connection: {reason.ReplyCode} {text}";
    }

    private static string? ExplainTransport(List<Exception> causes, BrokerAddress address, CertificateCheck? check)
    {
        string all = string.Join(' ', causes.Select(ExceptionText.MessageOf));
        bool Says(string words) => all.Contains(words, StringComparison.OrdinalIgnoreCase);
        if (Says("No compatible authentication mechanism"))
        {
            return "it does not offer the authentication that is asked for. For EXTERNAL it needs the plugin rabbitmq_auth_mechanism_ssl and EXTERNAL in auth_mechanisms";
        }

        if (causes.OfType<SocketException>().FirstOrDefault() is { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound })
        {
            return null;
        }

        if (!address.IsTls)
        {
            return Says("connection.start was never received") || causes.OfType<MalformedFrameException>().Any()
                // The client does not say what it was answered.
                ? "it gave no answer in AMQP; it expects TLS there (amqps://, as a rule port 5671), speaks another protocol (as a web server does), or is still starting"
                : null;
        }

        if (check is { Accepted: false } && (Says("corrupted frame") || Says("unexpected packet format") || Says("wrong version number") || Says("record layer")))
        {
            return "it does not speak TLS there; use amqp:// and Tls:Enabled = false, or its port for TLS (as a rule 5671)";
        }

        // TLS 1.2 ends the handshake with an alert, before our check of its certificate; 1.3 ends the connection after it.
        if (Says("handshake failure") || Says("certificate required") || Says("bad certificate") || Says("unknown ca") || Says("certificate unknown") || check is { Accepted: true })
        {
            return "it ended the connection when it had seen who we are: it demands a client certificate, or does not accept the one it was shown. Set Tls:CertificateFile to one whose authority it trusts; or it is no broker, and speaks another protocol than AMQP";
        }

        return causes.OfType<AuthenticationException>().FirstOrDefault() is { } tls
            ? $"the TLS handshake failed: {ExceptionText.MessageOf(causes[^1])}{(causes[^1] == tls ? "" : $" ({ExceptionText.MessageOf(tls)})")}"
            : null;
    }

    private static IEnumerable<Exception> Flatten(Exception exception)
    {
        yield return exception;
        IEnumerable<Exception> inner = exception is AggregateException several ? several.InnerExceptions : exception.InnerException is { } one ? [one] : [];
        foreach (Exception cause in inner.SelectMany(Flatten))
        {
            yield return cause;
        }
    }
}

using System.Net.Security;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// What we set at the client and why: the only place that makes a ConnectionFactory, an SslOption or CreateChannelOptions. What is not named
/// keeps its default, and each such default is told here too. Read in RabbitMQ.Client 7.2.2; look again when that changes.
/// </summary>
internal static class ClientSettings
{
    /// <summary>
    /// The most the client knows, and what RabbitMQ 3 allows for a message (4: 16 MiB). At the client's default of 64 MiB one message above it
    /// would close the connection, again and again.
    /// </summary>
    private const uint MaxInboundMessageBodySize = 128 * 1024 * 1024;

    /// <summary>The TCP connect alone; <see cref="BrokerCall.Connect"/> bounds the whole attempt.</summary>
    private static readonly TimeSpan s_tcpConnect = TimeSpan.FromSeconds(10);

    /// <summary>For declaring, looking and probing: no confirms, no consumers.</summary>
    public static CreateChannelOptions Asking { get; } = new(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false, NoLimiter, consumerDispatchConcurrency: 1);

    /// <summary>For consuming: one callback at a time, for more would lose the order of a sequential queue.</summary>
    public static CreateChannelOptions Consuming { get; } = new(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false, NoLimiter, consumerDispatchConcurrency: 1);

    /// <summary>
    /// For publishing: confirms, but not the client's tracking of them, which adds a header to each message and awaits each by itself; ours is
    /// ConfirmWindow.
    /// </summary>
    public static CreateChannelOptions Publishing { get; } = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false, NoLimiter, consumerDispatchConcurrency: 1);

    /// <summary>The client's own default, a ThrottlingRateLimiter of 128, slows publishers down long before the broker does.</summary>
    private static System.Threading.RateLimiting.RateLimiter? NoLimiter => null;

    public static ConnectionFactory Factory(BrokerAddress address, BrokerCredentials credentials, AuthenticationMechanism authentication, string name, TimeSpan heartbeat) => new()
    {
        // Recovery: the client's loses consumers (rabbitmq-dotnet-client 1993), swallows errors of topology and does not see channels that
        // close alone. BrokerConnection does it.
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,

        // Limits. A write to a peer that does not read has none in the client, nor has the wait for connection.start, whatever
        // HandshakeContinuationTimeout says: BrokerCall bounds both.
        RequestedConnectionTimeout = s_tcpConnect,
        HandshakeContinuationTimeout = BrokerCall.Answer,
        ContinuationTimeout = BrokerCall.Answer,
        RequestedHeartbeat = heartbeat,
        MaxInboundMessageBodySize = MaxInboundMessageBodySize,
        RequestedChannelMax = 0, // The broker's own limit; the client's 2,047 would be one on the number of queues of a node.

        // The client's own sends each command by itself.
        SocketFactory = BurstStream.Client.Create,

        // Who.
        VirtualHost = address.VirtualHost,
        UserName = credentials.UserName,
        Password = credentials.Password,
        AuthMechanisms = authentication == AuthenticationMechanism.External ? [new ExternalMechanismFactory()] : [new PlainMechanismFactory()],
        ClientProvidedName = name,

        // Uri: not set. Setting it makes the client accept a certificate of any name. Endpoint, HostName, Port, Ssl: given with the endpoint.
        // CredentialsProvider: none; a connection lives as long as its credentials, and they are read for each.
        // ConsumerDispatchConcurrency: 1, and set again for each channel. EndpointResolverFactory: its order is random already; it gets one.
        // RequestedFrameMax: 0, the broker's (128 KiB). NetworkRecoveryInterval, TopologyRecovery*: nothing without recovery.
        // SocketReadTimeout, SocketWriteTimeout (30 s): for blocking calls, of which the client makes none.
        // ClientProperties: product, version and platform of the client, as operators expect them.
    };

    public static AmqpTcpEndpoint Endpoint(BrokerEndpoint endpoint, SslOption ssl) => new(endpoint.Address.ToString(), endpoint.Host.Port, ssl, MaxInboundMessageBodySize);

    public static SslOption NoTls() => new() { Enabled = false };

    public static SslOption Tls(TlsOptions tls, CertificateCheck check, SslStreamCertificateContext? clientCertificate) => new()
    {
        Enabled = true,
        ServerName = check.ServerName,
        Version = tls.Protocols,

        // The check is ours and whole: authority, dates, name, revocation, each told by its name. CheckCertificateRevocation: false, because it is
        // done there, with the mode that was asked for. AcceptablePolicyErrors: none, and read only by the client's own check.
        CertificateValidationCallback = check.Validate,
        AcceptablePolicyErrors = SslPolicyErrors.None,
        CheckCertificateRevocation = false,

        // With its intermediates. Certs, CertPath, CertPassphrase, CertificateSelectionCallback: they would send the certificate alone.
        ClientCertificateContext = clientCertificate,
    };
}

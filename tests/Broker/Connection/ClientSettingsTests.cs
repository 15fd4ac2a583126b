using System.Net;
using System.Net.Security;
using System.Reflection;
using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Connection;

/// <summary>What a new version of the client adds or changes has to be looked at: these lists name what has been.</summary>
public sealed class ClientSettingsTests
{
    private static readonly string[] s_factory =
    [
        "AmqpUriSslProtocols", "AuthMechanisms", "AutomaticRecoveryEnabled", "ClientProperties", "ClientProvidedName", "ConsumerDispatchConcurrency", "ContinuationTimeout",
        "CredentialsProvider", "Endpoint", "EndpointResolverFactory", "HandshakeContinuationTimeout", "HostName", "MaxInboundMessageBodySize", "NetworkRecoveryInterval", "Password",
        "Port", "RequestedChannelMax", "RequestedConnectionTimeout", "RequestedFrameMax", "RequestedHeartbeat", "SocketFactory", "SocketReadTimeout", "SocketWriteTimeout", "Ssl",
        "TopologyRecoveryEnabled", "TopologyRecoveryExceptionHandler", "TopologyRecoveryFilter", "Uri", "UserName", "VirtualHost",
    ];

    private static readonly string[] s_ssl =
    [
        "AcceptablePolicyErrors", "CertPassphrase", "CertPath", "CertificateSelectionCallback", "CertificateValidationCallback", "Certs", "CheckCertificateRevocation",
        "ClientCertificateContext", "Enabled", "ServerName", "Version",
    ];

    private static readonly string[] s_channel =
    [
        "ConsumerDispatchConcurrency", "OutstandingPublisherConfirmationsRateLimiter", "PublisherConfirmationTrackingEnabled", "PublisherConfirmationsEnabled",
    ];

    [Fact]
    public void Every_setting_of_the_client_is_one_that_has_been_looked_at()
    {
        Assert.Equal(s_factory, Settings(typeof(ConnectionFactory)));
        Assert.Equal(s_ssl, Settings(typeof(SslOption)));
        Assert.Equal(s_channel, Settings(typeof(CreateChannelOptions)));
    }

    [Fact]
    public void An_amqps_uri_accepts_no_certificate_that_the_check_refuses()
    {
        var options = new BrokerQueuesOptions { Uri = new Uri("amqps://localhost") };
        var check = new CertificateCheck(options.Tls, "localhost", TimeProvider.System);
        SslOption ssl = ClientSettings.Tls(options.Tls, check, clientCertificate: null);
        Assert.True(ssl.Enabled);
        Assert.Equal(SslPolicyErrors.None, ssl.AcceptablePolicyErrors);
        Assert.Equal("localhost", ssl.ServerName);
        Assert.False(ssl.CertificateValidationCallback!(this, null, null, SslPolicyErrors.RemoteCertificateNotAvailable));
    }

    [Fact]
    public void The_endpoint_takes_bodies_as_large_as_the_broker_does()
    {
        AmqpTcpEndpoint endpoint = ClientSettings.Endpoint(new BrokerEndpoint(new BrokerHost("h", 1), IPAddress.Loopback), ClientSettings.NoTls());
        Assert.Equal(128u * 1024 * 1024, endpoint.MaxInboundMessageBodySize);
    }

    private static IEnumerable<string> Settings(Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.Instance)
        .Where(member => member is PropertyInfo or FieldInfo)
        .Select(member => member.Name)
        .Order(StringComparer.Ordinal);
}

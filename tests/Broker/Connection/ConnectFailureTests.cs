using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Tests.Connection;

/// <summary>The texts are those of brokers 3.10 and 4.3.</summary>
public sealed class ConnectFailureTests
{
    [Theory]
    [InlineData(530, "NOT_ALLOWED - vhost orders not found", "it has no virtual host 'orders'")]
    [InlineData(530, "NOT_ALLOWED - access to vhost 'orders' refused for user 'app'", "user 'app' may not use virtual host 'orders'. Grant it (rabbitmqctl set_permissions -p orders app")]
    [InlineData(530, "NOT_ALLOWED - connection refused for user 'app': user connection limit (1) is reached", "a limit is reached: NOT_ALLOWED - connection refused for user 'app': user connection limit (1)")]
    [InlineData(530, "NOT_ALLOWED - access to vhost 'orders' refused for user 'app': connection limit (1) is reached", "a limit is reached")]
    [InlineData(530, "NOT_ALLOWED - connection refused: node connection limit (0) is reached", "a limit is reached")]
    [InlineData(530, "NOT_ALLOWED - number of channels opened for user 'app' has reached the maximum allowed user limit of (1)", "a limit is reached")]
    [InlineData(541, "INTERNAL_ERROR - access to vhost 'orders' refused for user 'app': vhost 'orders' is down", "its virtual host 'orders' is stopped. Start it")]
    [InlineData(320, "CONNECTION_FORCED - node is closing", "it ended the connection: 320 CONNECTION_FORCED - node is closing")]
    public void What_the_broker_says_is_told_by_its_cause(ushort code, string text, string expected) =>
        Assert.StartsWith(expected, Explain(new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Peer, code, text))), StringComparison.Ordinal);

    [Fact]
    public void A_refused_login_names_the_user_and_what_a_guest_may_not()
    {
        var refused = new BrokerUnreachableException(new AuthenticationFailureException("ACCESS_REFUSED"));
        Assert.Equal("it refused the login: user 'app' is unknown to it, or the password is wrong", Explain(refused));
        Assert.Contains("loopback_users", Explain(refused, "guest"), StringComparison.Ordinal);
    }

    [Fact]
    public void Silence_is_told_with_what_may_be_behind_it() =>
        Assert.Contains("a firewall drops what it says, or it expects TLS there", Explain(new TimeoutException("the broker has not answered within 20 s")), StringComparison.Ordinal);

    private static string Explain(Exception exception, string userName = "app")
    {
        Assert.True(BrokerAddress.TryRead(new BrokerQueuesOptions { Uri = new Uri("amqp://broker.example/orders") }, [], out BrokerAddress? address));
        return ConnectFailure.Explain(exception, address, userName, check: null);
    }
}

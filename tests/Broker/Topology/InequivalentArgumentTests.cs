using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Tests.Topology;

/// <summary>The texts are what RabbitMQ 3.10 and 4.3 answered.</summary>
public sealed class InequivalentArgumentTests
{
    [Theory]
    [InlineData(
        "PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'pq' in vhost '/': received '7' but current is '20'",
        "x-delivery-limit", "7", "20")]
    [InlineData(
        "PRECONDITION_FAILED - inequivalent arg 'x-single-active-consumer' for queue 'pq' in vhost '/': received the value 'true' of type 'bool' but current is none",
        "x-single-active-consumer", "true", null)]
    [InlineData(
        "PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-exchange' for queue 'pq' in vhost '/': received none but current is the value 'pq' of type 'longstr'",
        "x-dead-letter-exchange", null, "pq")]
    [InlineData(
        "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'pe' in vhost '/': received 'fanout' but current is 'direct'",
        "type", "fanout", "direct")]
    [InlineData(
        "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'it's for sale: yes' in vhost '/a': received the value '5' of type 'signedint' but current is the value '' of type 'longstr'",
        "x-message-ttl", "5", "")]
    public void The_broker_s_text_is_taken_apart(string text, string name, string? received, string? current) =>
        Assert.Equal(new InequivalentArgument(name, received, current), InequivalentArgument.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("PRECONDITION_FAILED - invalid arg 'x-queue-type' for queue 'pq' in vhost '/'")]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'pq' in vhost '/': received 'true'")]
    [InlineData("PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'pq' in vhost '/': received 'true' but current is 'false' and more")]
    [InlineData("RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'pq' in vhost '/'")]
    public void Another_text_is_not_understood(string text) => Assert.Null(InequivalentArgument.Parse(text));
}

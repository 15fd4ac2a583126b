using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Tests.Topology;

public sealed class TopologyExceptionTests
{
    private static string[] Lines(TopologyException exception) => exception.Message.Split(Environment.NewLine);

    [Fact]
    public void Differences_are_listed_argument_by_argument_with_one_command_for_each_object()
    {
        TopologyDifference[] differences =
        [
            new("queue 'orders'", "x-delivery-limit", "7", "20"),
            new("queue 'orders'", "x-single-active-consumer", "true", "not set"),
            new("exchange 'orders'", "type", "direct", "fanout"),
        ];
        var exception = new TopologyException("prod", differences, []);

        Assert.Equal(
            [
                "What stands on the broker differs from what this program declares. Nothing was declared or changed.",
                "  queue 'orders': x-delivery-limit is 20, declared 7",
                "  queue 'orders': x-single-active-consumer is not set, declared true",
                "  exchange 'orders': type is fanout, declared direct",
                "Either declare what stands there, or remove it and start again. Removing a queue removes the tasks in it, and no option of the command",
                "checks that for a quorum queue: first move its tasks elsewhere, stop its workers, and look that nothing is left in it:",
                "  rabbitmqctl -p 'prod' list_queues name messages consumers",
                "  rabbitmqctl -p 'prod' delete_queue 'orders'",
                "  rabbitmqadmin -V 'prod' delete exchange name='orders'",
            ],
            Lines(exception));
        Assert.Equal(differences, exception.Differences);
    }

    [Fact]
    public void What_is_missing_is_listed_with_the_two_ways_out()
    {
        var exception = new TopologyException("/", [], ["exchange 'orders'", "queue 'orders.failed'"]);
        Assert.Equal(
            [
                "These are not on the broker, and DeclareTopology is false, so nothing was declared:",
                "  exchange 'orders'",
                "  queue 'orders.failed'",
                "Start this program once with DeclareTopology = true and an account that may configure, or declare them by other means.",
            ],
            Lines(exception));
        Assert.Equal(["exchange 'orders'", "queue 'orders.failed'"], exception.Missing);
    }

    [Fact]
    public void Both_are_told_in_one_message()
    {
        var exception = new TopologyException("/", [new("queue 'a'", "durable", "true", "false")], ["queue 'b'"]);
        Assert.Contains("queue 'a': durable is false, declared true", exception.Message, StringComparison.Ordinal);
        Assert.Contains("  queue 'b'", exception.Message, StringComparison.Ordinal);
    }
}

using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Tests.Topology;

/// <summary>The table of section 4 of the design.</summary>
public sealed class TaskQueueTopologyTests
{
    private static readonly BrokerNames s_names = new("dev.");

    private static TopologyPart Of(TaskQueueBehavior behavior) =>
        TaskQueueTopology.Shared(new QueueDefinition { QueueId = "orders", Behavior = behavior, DeliveryLimit = 7 }, s_names);

    [Theory]
    [InlineData(TaskQueueBehavior.Concurrent)]
    [InlineData(TaskQueueBehavior.Sequential)]
    public void The_exchange_of_a_queue_binds_the_whole_family_each_by_its_own_name(TaskQueueBehavior behavior)
    {
        TopologyPart part = Of(behavior);
        Assert.Equal([new ExchangeSpec("dev.orders", "direct") { IsWrittenTo = true }], part.Exchanges);
        string[] family = ["dev.orders", "dev.orders.failed", "dev.orders.fatal", "dev.orders.incompatible"];
        Assert.Equal(family, part.Queues.Select(queue => queue.Name).Order(StringComparer.Ordinal));
        foreach (string name in family)
        {
            Assert.Contains(new BindingSpec("dev.orders", name, name), part.Bindings);
        }
    }

    [Fact]
    public void A_concurrent_queue_is_declared_as_the_design_says() => Assert.Equal(
        new Dictionary<string, object?>
        {
            ["x-queue-type"] = "quorum",
            ["x-delivery-limit"] = 7,
            ["x-dead-letter-exchange"] = "dev.orders",
            ["x-dead-letter-routing-key"] = "dev.orders.failed",
            ["x-dead-letter-strategy"] = "at-least-once",
            ["x-overflow"] = "reject-publish",
            ["x-consumer-disconnected-timeout"] = 10_000,
            ["x-consumer-timeout"] = 604_800_000L,
        },
        Of(TaskQueueBehavior.Concurrent).Queues.Single(queue => queue.Name == "dev.orders").Arguments);

    [Fact]
    public void A_sequential_queue_has_a_single_active_consumer_and_is_otherwise_the_same()
    {
        IReadOnlyDictionary<string, object?> sequential = Of(TaskQueueBehavior.Sequential).Queues.Single(queue => queue.Name == "dev.orders").Arguments;
        IReadOnlyDictionary<string, object?> concurrent = Of(TaskQueueBehavior.Concurrent).Queues.Single(queue => queue.Name == "dev.orders").Arguments;
        Assert.Equal([new KeyValuePair<string, object?>("x-single-active-consumer", true)], sequential.Except(concurrent));
        Assert.Empty(concurrent.Except(sequential));
    }

    [Fact]
    public void Parking_queues_may_be_looked_at_a_million_times_and_come_before_the_work_queue()
    {
        IReadOnlyList<QueueSpec> queues = Of(TaskQueueBehavior.Concurrent).Queues;
        Assert.Equal("dev.orders", queues[^1].Name);
        Assert.All(queues.Take(3), queue => Assert.Equal(
            new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = 1_000_000 }, queue.Arguments));
        Assert.All(queues, queue => Assert.True(queue is { Durable: true, Exclusive: false, AutoDelete: false }));
    }

    [Fact]
    public void A_broadcast_is_a_fanout_and_nothing_more()
    {
        TopologyPart part = Of(TaskQueueBehavior.Broadcast);
        Assert.Equal([new ExchangeSpec("dev.orders", "fanout")], part.Exchanges);
        Assert.Empty(part.Queues);
        Assert.Empty(part.Bindings);
    }

    [Fact]
    public void A_stable_node_hears_a_broadcast_through_a_durable_queue_that_expires()
    {
        var queue = new QueueDefinition { QueueId = "news", Behavior = TaskQueueBehavior.Broadcast, DeliveryLimit = 7, BroadcastLease = TimeSpan.FromMinutes(2) };
        TopologyPart part = TaskQueueTopology.OfNode(queue, s_names, "n1", stable: true);
        QueueSpec own = Assert.Single(part.Queues);
        Assert.Equal("dev.news@n1", own.Name);
        Assert.True(own is { Durable: true, Exclusive: false, AutoDelete: false });
        Assert.Equal(new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = 7, ["x-expires"] = 120_000L }, own.Arguments);
        Assert.Equal([new BindingSpec("dev.news", "dev.news@n1", "")], part.Bindings);
    }

    [Fact]
    public void Another_node_hears_it_through_a_queue_that_goes_with_its_connection()
    {
        TopologyPart part = TaskQueueTopology.OfNode(new QueueDefinition { QueueId = "news", Behavior = TaskQueueBehavior.Broadcast }, s_names, "n1", stable: false);
        QueueSpec own = Assert.Single(part.Queues);
        Assert.True(own is { Durable: false, Exclusive: true, AutoDelete: true });
        Assert.Empty(own.Arguments);
    }
}

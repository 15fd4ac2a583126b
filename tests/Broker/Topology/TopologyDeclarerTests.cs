using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Tests.Topology;

public sealed class TopologyDeclarerTests
{
    private static readonly ExchangeSpec s_exchange = new("orders", "direct");
    private static readonly QueueSpec s_failed = new("orders.failed", QuorumArguments.Parking());
    private static readonly QueueSpec s_work = new("orders", QuorumArguments.Work(20, "orders", "orders.failed", singleActiveConsumer: false));
    private static readonly QueueSpec s_own = new("orders@n1", new Dictionary<string, object?>()) { Durable = false, Exclusive = true, AutoDelete = true };
    private static readonly TopologyPart s_part = new([s_exchange], [s_failed, s_work], [new("orders", "orders", "orders"), new("orders", "other", "x", ToExchange: true)]);

    private readonly FakeBroker _broker = new();

    private Task EnsureAsync(TopologyPart part, bool declare = true) =>
        new TopologyDeclarer(Options.Create(new BrokerQueuesOptions { DeclareTopology = declare, Uri = new("amqp://localhost/prod%2Feu") }))
            .EnsureAsync(_broker.Connect(), [part], CancellationToken.None);

    private async Task<TopologyException> RefusalAsync(TopologyPart part, bool declare = true)
    {
        TopologyException exception = await Assert.ThrowsAsync<TopologyException>(() => EnsureAsync(part, declare));
        Assert.Equal([], _broker.Made);
        return exception;
    }

    [Fact]
    public async Task On_an_empty_broker_all_is_made_exchanges_first_and_bindings_last()
    {
        await EnsureAsync(s_part);
        Assert.Equal(["exchange 'orders'", "queue 'orders.failed'", "queue 'orders'", "orders -orders-> queue orders", "orders -x-> exchange other"], _broker.Made);
    }

    [Fact]
    public async Task What_is_there_and_the_same_is_left_alone()
    {
        _broker.Has(s_exchange);
        _broker.Has(s_failed);
        _broker.Has(s_work);
        await EnsureAsync(s_part);
        Assert.All(_broker.Made, made => Assert.Contains("->", made, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_argument_that_differs_is_told_and_nothing_is_made()
    {
        _broker.Has(s_exchange, ("type", "fanout"), ("auto_delete", true), ("alternate-exchange", "elsewhere"));
        _broker.Has(s_work, ("x-delivery-limit", 7), ("x-single-active-consumer", true), ("x-overflow", null), ("x-dead-letter-exchange", "elsewhere"), ("durable", false));

        TopologyException exception = await RefusalAsync(s_part);

        Assert.Equal(
            [
                new("exchange 'orders'", "alternate-exchange", "not set", "elsewhere"),
                new("exchange 'orders'", "auto_delete", "false", "true"),
                new("exchange 'orders'", "type", "direct", "fanout"),
                new("queue 'orders'", "durable", "true", "false"),
                new("queue 'orders'", "x-dead-letter-exchange", "orders", "elsewhere"),
                new("queue 'orders'", "x-delivery-limit", "20", "7"),
                new("queue 'orders'", "x-overflow", "reject-publish", "not set"),
                new("queue 'orders'", "x-single-active-consumer", "not set", "true"),
            ],
            exception.Differences.OrderBy(difference => (difference.ObjectName, difference.Argument)));
        Assert.Contains("'prod/eu'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_is_not_understood_is_told_as_it_is()
    {
        _broker.Reply = "PRECONDITION_FAILED - queue is of another kind";
        _broker.Has(s_work, ("x-delivery-limit", 7));
        TopologyException exception = await RefusalAsync(s_part);
        Assert.Contains("PRECONDITION_FAILED - queue is of another kind", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_never_changes_does_not_turn_for_ever()
    {
        _broker.Reply = "PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'orders' in vhost '/': received '20' but current is '7'";
        _broker.Has(s_work, ("x-overflow", "drop-head"));
        TopologyException exception = await RefusalAsync(s_part);
        Assert.All(exception.Differences, difference => Assert.Equal("x-delivery-limit", difference.Argument));
    }

    [Fact]
    public async Task Without_leave_to_declare_all_that_is_missing_is_told_and_nothing_is_made()
    {
        _broker.Has(s_failed);
        TopologyException exception = await RefusalAsync(s_part, declare: false);
        Assert.Equal(["exchange 'orders'", "queue 'orders'"], exception.Missing);
        Assert.Empty(exception.Differences);
    }

    [Fact]
    public async Task Without_leave_to_declare_differences_are_not_asked_for_and_nothing_is_bound()
    {
        _broker.Has(s_exchange);
        _broker.Has(s_failed);
        _broker.Has(s_work, ("x-delivery-limit", 7));
        await EnsureAsync(s_part, declare: false);
        Assert.Equal([], _broker.Made);
    }

    [Fact]
    public async Task Without_leave_to_declare_a_node_s_own_queue_is_made_and_bound_all_the_same()
    {
        _broker.Has(s_exchange);
        await EnsureAsync(new TopologyPart([s_exchange], [s_own], [new("orders", "orders@n1", ""), new("orders", "elsewhere", "")]), declare: false);
        Assert.Equal(["queue 'orders@n1'", "orders --> queue orders@n1"], _broker.Made);
    }

    [Fact]
    public async Task What_all_queues_share_is_looked_at_once_for_each_connection()
    {
        var declarer = new TopologyDeclarer(Options.Create(new BrokerQueuesOptions()));
        RabbitMQ.Client.IConnection first = _broker.Connect();
        await declarer.EnsureSharedAsync(first, s_part, CancellationToken.None);
        int made = _broker.Made.Count;
        await declarer.EnsureSharedAsync(first, s_part, CancellationToken.None);
        Assert.Equal(made, _broker.Made.Count);
        await declarer.EnsureSharedAsync(_broker.Connect(), s_part, CancellationToken.None);
        Assert.Equal(made + 2, _broker.Made.Count);
    }
}

using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Tests.Topology;

public sealed class TopologyDeclarerTests
{
    private static readonly ExchangeSpec s_exchange = new("orders", "direct");
    private static readonly QueueSpec s_failed = new("orders.failed", QuorumArguments.Parking());
    private static readonly QueueSpec s_work = new("orders", QuorumArguments.Work(20, "orders", "orders.failed", singleActiveConsumer: false));
    private static readonly QueueSpec s_own = new("orders@n1", new Dictionary<string, object?>()) { Durable = false, Exclusive = true, AutoDelete = true, OfNode = true };
    private static readonly QueueSpec s_leased = new("orders@n1", QuorumArguments.BroadcastLease(TimeSpan.FromMinutes(30), 20)) { OfNode = true };
    private static readonly TopologyPart s_part = new([s_exchange], [s_failed, s_work], [new("orders", "orders", "orders"), new("orders", "other", "x", ToExchange: true)]);

    private readonly FakeBroker _broker = new();

    private static TopologyDeclarer Declarer(bool declare = true) => new(
        Options.Create(new BrokerQueuesOptions { DeclareTopology = declare, Uri = new("amqp://localhost/prod%2Feu") }), TimeProvider.System, NullLoggerFactory.Instance);

    private Task<IReadOnlyList<string>> EnsureAsync(TopologyPart part, bool declare = true, BindingScope bindings = BindingScope.All) =>
        Declarer(declare).EnsureAsync(_broker.Connect(), [part], bindings, CancellationToken.None);

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_leave_to_declare_a_node_s_own_queue_is_made_and_bound_all_the_same(bool exclusive)
    {
        _broker.Has(s_exchange);
        TopologyPart part = new([s_exchange], [exclusive ? s_own : s_leased], [new("orders", "orders@n1", ""), new("orders", "elsewhere", "")]);
        await EnsureAsync(part, declare: false);
        Assert.Equal(["queue 'orders@n1'", "orders --> queue orders@n1"], _broker.Made);
    }

    [Fact]
    public async Task What_was_missing_is_bound_and_what_was_there_is_not_bound_again()
    {
        QueueSpec other = new("letters", QuorumArguments.Parking());
        _broker.Has(s_exchange);
        _broker.Has(s_work);
        _broker.Has(other);
        TopologyPart part = s_part with
        {
            Queues = [s_failed, s_work, other],
            Bindings = [new("orders", "orders.failed", "orders.failed"), new("orders", "orders", "orders"), new("orders", "letters", "letters")],
        };

        IReadOnlyList<string> made = await EnsureAsync(part, bindings: BindingScope.OfNew);

        Assert.Equal(["queue 'orders.failed'"], made);
        Assert.Equal(["orders -orders.failed-> queue orders.failed"], _broker.Bound);
    }

    [Fact]
    public async Task An_exchange_that_was_missing_gets_its_bindings_to_queues_that_were_there()
    {
        _broker.Has(s_failed);
        _broker.Has(s_work);
        await EnsureAsync(s_part, bindings: BindingScope.OfNew);
        Assert.Equal(["orders -orders-> queue orders", "orders -x-> exchange other"], _broker.Bound);
    }

    /// <summary>A round trip to a broker far away takes 50 ms to 2 s; declaring one by one was 320 of them.</summary>
    [Fact]
    public async Task The_first_start_of_a_node_takes_few_round_trips()
    {
        TopologyPart[] parts = PartsOfANode(queues: 1);
        int rounds = await _broker.AnswerInRounds(() => Declarer().EnsureAsync(_broker.Connect(), parts, BindingScope.All, CancellationToken.None));
        Assert.Equal(parts.Sum(part => part.Bindings.Count), _broker.Bound.Count);
        Assert.InRange(rounds, 1, 18);
    }

    [Fact]
    public async Task A_later_start_of_a_node_takes_few_round_trips_and_two_channels_a_lane_at_most()
    {
        TopologyPart[] parts = PartsOfANode(queues: 1);
        await Declarer().EnsureAsync(_broker.Connect(), parts, BindingScope.All, CancellationToken.None);
        int channels = _broker.Channels;
        int rounds = await _broker.AnswerInRounds(() => Declarer().EnsureAsync(_broker.Connect(), parts, BindingScope.All, CancellationToken.None));
        Assert.InRange(rounds, 1, 9);
        Assert.InRange(_broker.Channels - channels, 1, 16);
    }

    [Fact]
    public async Task Round_trips_grow_with_a_fraction_of_the_queues()
    {
        TopologyPart[] parts = PartsOfANode(queues: 100);
        int rounds = await _broker.AnswerInRounds(() => Declarer().EnsureAsync(_broker.Connect(), parts, BindingScope.All, CancellationToken.None));
        Assert.InRange(rounds, 1, parts.Sum(part => part.Exchanges.Count + part.Queues.Count + part.Bindings.Count) / 10);
    }

    [Theory]
    [InlineData("4.3.6")]
    [InlineData("3.10.8")]
    public async Task Write_permission_is_looked_for_exchange_by_exchange_and_nothing_is_changed(string version)
    {
        BrokerNames names = new("");
        TopologyPart[] parts = PartsOfANode(queues: 1);
        _broker.Version = version;
        _broker.Refuses = (permission, name) => permission == "write" && name is "exchange 'concurrent.0'" or "exchange 'bq.delay.07'";

        BrokerPermissionException refused = await Assert.ThrowsAsync<BrokerPermissionException>(
            () => Declarer().CheckWritePermissionAsync(_broker.Connect(), parts, names.DelayDelivery, CancellationToken.None));

        Assert.Equal(
            [("write", "exchange 'bq.delay.07'"), ("write", "exchange 'concurrent.0'")],
            refused.Missing.Select(missing => (missing.Permission, missing.ObjectName)).Order());
        Assert.Contains("rabbitmqctl set_permissions -p 'prod/eu' 'worker' '^(", refused.Message, StringComparison.Ordinal);
        Assert.Equal([], _broker.Made);

        _broker.Refuses = (permission, name) => permission == "read" && name == "exchange 'bq.delay.deliver'";
        await Declarer().CheckWritePermissionAsync(_broker.Connect(), parts, names.DelayDelivery, CancellationToken.None);
    }

    [Theory]
    [InlineData("look", "queue 'orders'", true, "configure")]
    [InlineData("look", "queue 'orders'", false, "read")]
    [InlineData("configure", "exchange 'orders'", true, "configure")]
    [InlineData("write", "queue 'orders'", true, "write")]
    [InlineData("read", "exchange 'orders'", true, "read")]
    public async Task What_the_account_lacks_is_told_by_its_name_with_the_command_that_grants_it(string refuses, string name, bool declare, string told)
    {
        _broker.Has(s_exchange);
        _broker.Has(s_failed);
        _broker.Has(s_work);
        _broker.Refuses = (permission, asked) => permission == refuses && asked == name;

        BrokerPermissionException refused = await Assert.ThrowsAsync<BrokerPermissionException>(() => EnsureAsync(s_part, declare));

        MissingPermission missing = Assert.Single(refused.Missing);
        Assert.Equal((told, name), (missing.Permission, missing.ObjectName));
        Assert.Contains($"'{told}' on {name}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("rabbitmqctl set_permissions -p 'prod/eu' 'worker' ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(declare && told == "configure", refused.Message.Contains("set DeclareTopology to false", StringComparison.Ordinal));
    }

    private static TopologyPart[] PartsOfANode(int queues)
    {
        BrokerNames names = new("");
        return
        [
            DelayLadder.Topology(names),
            .. Enumerable.Range(0, queues).SelectMany(i => new[]
            {
                TaskQueueTopology.Shared(new QueueDefinition { QueueId = $"concurrent.{i}" }, names),
                TaskQueueTopology.Shared(new QueueDefinition { QueueId = $"sequential.{i}", Behavior = TaskQueueBehavior.Sequential }, names),
                TaskQueueTopology.Shared(new QueueDefinition { QueueId = $"news.{i}", Behavior = TaskQueueBehavior.Broadcast }, names),
                TaskQueueTopology.OfNode(new QueueDefinition { QueueId = $"news.{i}" }, names, "n1", stable: true),
            }),
        ];
    }
}

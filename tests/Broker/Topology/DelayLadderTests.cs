using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using FsCheck;
using FsCheck.Fluent;

namespace BrokerQueues.Broker.Tests.Topology;

public sealed class DelayLadderTests
{
    private const string Prefix = "dev.";

    // Each is the end of another, or has words that look like bits.
    private static readonly string[] s_queueIds = ["orders", "eu.orders", "shop.eu.orders", "orders.eu", "1.orders", "0.1.orders", "eu", "s", "ä-ß_x"];
    private static readonly BrokerNames s_names = new(Prefix);

    // With a prefix no queue's name can be the end of another's; without one it can.
    private static readonly Dictionary<string, TopicRouter> s_brokers = new[] { "", Prefix }.ToDictionary(prefix => prefix, BrokerWith);

    private static TopicRouter BrokerWith(string prefix)
    {
        var names = new BrokerNames(prefix);
        return new([DelayLadder.Topology(names), .. s_queueIds.Select(id => TaskQueueTopology.Shared(new QueueDefinition { QueueId = id }, names))]);
    }

    /// <summary>From a tick to the longest, with as many short ones as long ones.</summary>
    private static Gen<TimeSpan> Delays =>
        from bits in Gen.Choose(1, 60)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        let ticks = (((long)high << 31) | (uint)low) & ((1L << bits) - 1)
        select TimeSpan.FromTicks(Math.Clamp(ticks, 1, DelayLadder.Max.Ticks));

    private static long Units(TimeSpan delay) => (long)Math.Ceiling(delay.Ticks / (decimal)TimeSpan.FromMilliseconds(250).Ticks);

    private static long BitsOf(string routingKey) => Convert.ToInt64(string.Concat(routingKey.Split('.').Take(DelayLadder.Levels)), 2);

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(249, 1, 0)]
    [InlineData(250, 1, 0)]
    [InlineData(251, 2, 1)]
    [InlineData(1000, 4, 2)]
    [InlineData(1001, 5, 2)]
    [InlineData(60_000, 240, 7)]
    [InlineData(67_108_863_750, (1 << 28) - 1, 27)]
    public void A_delay_is_counted_in_quarter_seconds_rounded_up(long milliseconds, long units, int level)
    {
        (string exchange, string key) = DelayLadder.Route(TimeSpan.FromMilliseconds(milliseconds), "orders", s_names);
        Assert.Equal(units, BitsOf(key));
        Assert.Equal($"dev.bq.delay.{level:00}", exchange);
    }

    [Fact]
    public void The_key_is_the_bits_most_significant_first_and_then_the_queue()
    {
        (_, string key) = DelayLadder.Route(TimeSpan.FromSeconds(1), "a.b", s_names);
        Assert.Equal(string.Concat(Enumerable.Repeat("0.", 25)) + "1.0.0.a.b", key);
    }

    [Fact]
    public void The_bits_say_the_delay_and_the_message_enters_at_the_highest() => Prop.ForAll(Delays.ToArbitrary(), delay =>
    {
        (string exchange, string key) = DelayLadder.Route(delay, "orders", s_names);
        long units = Units(delay);
        Assert.Equal(units, BitsOf(key));
        Assert.Equal($"dev.bq.delay.{(int)Math.Log2(units):00}", exchange);
        Assert.Equal("orders", string.Join('.', key.Split('.').Skip(DelayLadder.Levels)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_message_waits_once_at_each_level_of_its_bits_and_ends_in_its_own_queue_alone() => Prop.ForAll(
        Delays.ToArbitrary(), Gen.Elements(s_queueIds).ToArbitrary(), Gen.Elements("", Prefix).ToArbitrary(), (delay, queueId, prefix) =>
    {
        var names = new BrokerNames(prefix);
        (string exchange, string key) = DelayLadder.Route(delay, names.Queue(queueId), names);

        (List<string> waited, List<string> stays, TimeSpan total) = s_brokers[prefix].Follow(exchange, key);

        long units = Units(delay);
        Assert.Equal(Enumerable.Range(0, DelayLadder.Levels).Reverse().Where(level => (units >> level & 1) == 1).Select(level => $"{prefix}bq.delay.{level:00}"), waited);
        Assert.Equal([prefix + queueId], stays);
        Assert.InRange(total, delay, delay + TimeSpan.FromMilliseconds(250) - TimeSpan.FromTicks(1));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_message_for_a_queue_that_is_gone_ends_where_an_operator_sees_it()
    {
        (string exchange, string key) = DelayLadder.Route(TimeSpan.FromSeconds(3), "dev.gone", s_names);
        Assert.Equal(["dev.bq.undeliverable"], s_brokers[Prefix].Follow(exchange, key).Stays);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void No_delay_and_too_long_a_delay_are_errors(long ticks) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DelayLadder.Route(TimeSpan.FromTicks(ticks), "orders", s_names));

    [Fact]
    public void The_longest_delay_of_a_task_and_of_a_requeue_fits() =>
        Assert.True(AddTaskOptions.MaxDelay < DelayLadder.Max && TimeSpan.FromDays(30) < DelayLadder.Max);

    [Fact]
    public void The_longest_routing_key_fits_into_a_short_string()
    {
        string queue = new BrokerNames(new string('p', 60)).Queue(new string('q', BrokerNames.MaxQueueIdBytes));
        Assert.InRange(DelayLadder.Route(TimeSpan.FromDays(1), queue, s_names).RoutingKey.Length, 1, 255);
    }

    [Fact]
    public void Each_level_keeps_its_messages_until_the_next_has_them()
    {
        TopologyPart ladder = DelayLadder.Topology(s_names);
        QueueSpec[] levels = [.. ladder.Queues.Where(queue => queue.Arguments.ContainsKey("x-message-ttl"))];
        Assert.Equal(28, levels.Length);
        Assert.All(levels, level =>
        {
            Assert.Equal("quorum", level.Arguments["x-queue-type"]);
            Assert.Equal("at-least-once", level.Arguments["x-dead-letter-strategy"]);
            Assert.Equal("reject-publish", level.Arguments["x-overflow"]);
        });
        Assert.Equal(250L << 27, levels.Max(level => (long)level.Arguments["x-message-ttl"]!));
    }
}

using System.Text;

namespace BrokerQueues.Broker.Topology;

/// <summary>
/// Delays of any length without a plugin and without blocking: a queue per power of two, each with one time to live, so that
/// what expires first always stands first.
/// </summary>
/// <remarks>
/// A delay is counted in units of 250 ms and written as bits into the routing key, most significant first:
/// <c>0.1.1.(…).Q</c>. The message enters at the level of its highest set bit; at each level the topic exchange sends a set bit
/// through that level's queue (it waits there 2^level units, and expires into the next exchange) and a clear bit straight on
/// to the next exchange. Below level 0 stands the delivery exchange, where each task queue is bound with its own name
/// behind the bits.
/// <code>
/// bq.delay.27 ─1─→ queue bq.delay.27 (388 days) ─expires─→ bq.delay.26 ─ … ─→ bq.delay.00 ─1─→ queue (250 ms) ─→ bq.delay.deliver ─→ Q
///             └0──────────────────────────────────────────→
/// </code>
/// Levels only go down, so no message meets a queue twice and the broker sees no dead-letter cycle.
/// </remarks>
internal static class DelayLadder
{
    public const int Levels = 28;

    public static readonly TimeSpan Unit = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest delay the bits can say: 776 days.</summary>
    public static readonly TimeSpan Max = Unit * ((1L << Levels) - 1);

    public static TopologyPart Topology(BrokerNames names)
    {
        var exchanges = new List<ExchangeSpec>
        {
            new(names.Undeliverable, "fanout"),
            // A delayed task whose queue has been deleted would otherwise stay in the last level, and at-least-once
            // dead-lettering stops at 32 such messages: it would block all other delays.
            new(names.DelayDelivery, "topic", AlternateExchange: names.Undeliverable),
        };
        var queues = new List<QueueSpec> { new(names.Undeliverable, QuorumArguments.Parking()) };
        var bindings = new List<BindingSpec> { new(names.Undeliverable, names.Undeliverable, "") };

        for (int level = 0; level < Levels; level++)
        {
            string name = names.DelayLevel(level);
            string next = level == 0 ? names.DelayDelivery : names.DelayLevel(level - 1);
            exchanges.Add(new ExchangeSpec(name, "topic") { IsWrittenTo = true });
            queues.Add(new QueueSpec(name, QuorumArguments.Delay(Unit * (1L << level), next)));
            bindings.Add(new BindingSpec(name, name, BitPattern(level, '1')));
            bindings.Add(new BindingSpec(name, next, BitPattern(level, '0'), ToExchange: true));
        }

        return new TopologyPart(exchanges, queues, bindings);
    }

    /// <summary>Where a message for a queue enters the ladder, and with which routing key.</summary>
    /// <param name="delay">More than zero, at most <see cref="Max"/>; rounded up to a whole unit, so a task is never early.</param>
    /// <param name="queueName">The name of the queue it ends in.</param>
    /// <param name="names">The names on this broker.</param>
    public static (string Exchange, string RoutingKey) Route(TimeSpan delay, string queueName, BrokerNames names)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, Max);

        long units = (delay.Ticks + Unit.Ticks - 1) / Unit.Ticks;
        var key = new StringBuilder((Levels * 2) + queueName.Length);
        for (int level = Levels - 1; level >= 0; level--)
        {
            key.Append((units >> level & 1) == 1 ? '1' : '0').Append('.');
        }

        return (names.DelayLevel(System.Numerics.BitOperations.Log2((ulong)units)), key.Append(queueName).ToString());
    }

    /// <summary>Matches any bits followed by exactly this queue. ('#' would also match 'b' for a task of 'a.b'.)</summary>
    public static string DeliveryPattern(string queueName) => string.Concat(Enumerable.Repeat("*.", Levels)) + queueName;

    private static string BitPattern(int level, char bit)
    {
        int before = Levels - 1 - level;
        return string.Concat(Enumerable.Repeat("*.", before)) + bit + ".#";
    }
}

namespace BrokerQueues.Broker.Topology;

/// <summary>The arguments our queues are declared with. Each was tried on RabbitMQ 3.10 and 4.3.</summary>
internal static class QuorumArguments
{
    /// <summary>
    /// Looking at a message in the management UI returns it and counts. Without a limit 3.10 puts such a message at the
    /// tail, and 4.x drops it after 20 looks.
    /// </summary>
    private const int ParkingDeliveryLimit = 1_000_000;

    /// <summary>
    /// Seven days. 4.3 compares the argument when a queue is declared again and 3.10 ignores it, so it must never change;
    /// a shorter limit of one task is its processor's Timeout.
    /// </summary>
    private const long ConsumerTimeoutMilliseconds = 7L * 24 * 60 * 60 * 1000;

    /// <summary>How soon 4.3 takes back the tasks of a consumer whose broker node has died (its default is 60 s; 3.10 ignores it).</summary>
    private const int ConsumerDisconnectedTimeoutMilliseconds = 10_000;

    /// <summary>A queue of work: bounded returns, and at-least-once dead-lettering to its <c>.failed</c>.</summary>
    public static Dictionary<string, object?> Work(int deliveryLimit, string deadLetterExchange, string deadLetterKey, bool singleActiveConsumer)
    {
        Dictionary<string, object?> arguments = DeadLettering(deadLetterExchange, deadLetterKey);
        arguments["x-delivery-limit"] = deliveryLimit;
        arguments["x-consumer-disconnected-timeout"] = ConsumerDisconnectedTimeoutMilliseconds;
        arguments["x-consumer-timeout"] = ConsumerTimeoutMilliseconds;
        if (singleActiveConsumer)
        {
            arguments["x-single-active-consumer"] = true;
        }

        return arguments;
    }

    /// <summary>A queue that an operator looks into.</summary>
    public static Dictionary<string, object?> Parking() => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = ParkingDeliveryLimit,
    };

    /// <summary>A level of the delay ladder: nothing consumes it, everything leaves it by expiring.</summary>
    public static Dictionary<string, object?> Delay(TimeSpan timeToLive, string nextExchange)
    {
        Dictionary<string, object?> arguments = DeadLettering(nextExchange, routingKey: null);
        arguments["x-message-ttl"] = (long)timeToLive.TotalMilliseconds;
        return arguments;
    }

    /// <summary>A broadcast queue of a node that comes back under the same name: kept for a while, so that it misses nothing.</summary>
    public static Dictionary<string, object?> BroadcastLease(TimeSpan lease, int deliveryLimit) => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = deliveryLimit,
        ["x-expires"] = (long)lease.TotalMilliseconds,
    };

    private static Dictionary<string, object?> DeadLettering(string exchange, string? routingKey)
    {
        var arguments = new Dictionary<string, object?>
        {
            ["x-queue-type"] = "quorum",
            ["x-dead-letter-exchange"] = exchange,
            // At-most-once, the default, loses the message when its target is missing; and without reject-publish the broker
            // falls back to it without a word.
            ["x-dead-letter-strategy"] = "at-least-once",
            ["x-overflow"] = "reject-publish",
        };
        if (routingKey is not null)
        {
            arguments["x-dead-letter-routing-key"] = routingKey;
        }

        return arguments;
    }
}

namespace BrokerQueues.Broker.Queues;

/// <summary>A task queue as its declaration says, before any name or argument of the broker.</summary>
internal sealed record QueueDefinition
{
    public required string QueueId { get; init; }

    public TaskQueueBehavior Behavior { get; init; }

    public int MaxConcurrency { get; init; } = 1;

    public ushort Prefetch { get; init; } = 5;

    public int DeliveryLimit { get; init; } = 20;

    public RequeuePlacement RequeuePlacement { get; init; }

    public FailureBehavior OnFailure { get; init; }

    /// <summary>Which tasks of a broadcast a node runs.</summary>
    public BroadcastFilter BroadcastFilter { get; init; }

    /// <summary>How long a broadcast queue of a stable node outlives its consumer.</summary>
    public TimeSpan BroadcastLease { get; init; } = TimeSpan.FromMinutes(30);
}

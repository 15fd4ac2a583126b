namespace BrokerQueues;

/// <summary>How a queue stands on this node.</summary>
public sealed record TaskQueueStatus
{
    /// <summary>Its id.</summary>
    public required string QueueId { get; init; }

    /// <summary>Its kind.</summary>
    public required TaskQueueBehavior Behavior { get; init; }

    /// <summary>Its state on this node.</summary>
    public required TaskQueueState State { get; init; }

    /// <summary>Since when it is in this state.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why it is not consumed, in words; null where it is.</summary>
    public string? Reason { get; init; }

    /// <summary>How many tasks of it this node runs at a time; 0 where it is disabled.</summary>
    public int MaxConcurrency { get; init; }

    /// <summary>How many tasks of it run here now.</summary>
    public int Running { get; init; }

    /// <summary>What last ended its consuming, or kept it from beginning, also where that is over; null where nothing has.</summary>
    public string? LastError { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }
}

/// <summary>The states of a queue on a node.</summary>
public enum TaskQueueState
{
    /// <summary>It has not been consumed yet since the node began to start.</summary>
    Starting,

    /// <summary>The node has a subscription. On a sequential queue another node may be the active one.</summary>
    Consuming,

    /// <summary>It was consumed and is not at present; the node tries again.</summary>
    NotConsuming,

    /// <summary>A task failed for good and the queue halts then (<see cref="FailureBehavior.Halt"/>), until an operator has taken it away.</summary>
    Halted,

    /// <summary>The node's settings say not to consume it.</summary>
    Disabled,

    /// <summary>The node has left it: it shuts down, or its start has failed.</summary>
    Stopped,
}

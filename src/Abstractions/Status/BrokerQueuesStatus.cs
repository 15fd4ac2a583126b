namespace BrokerQueues;

/// <summary>How a program stands with its broker and its queues, at one moment.</summary>
public sealed record BrokerQueuesStatus
{
    /// <summary>The name of the node.</summary>
    public required string NodeId { get; init; }

    /// <summary>When the picture was made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether all works that the program is there for.</summary>
    public required BrokerQueuesReadiness Readiness { get; init; }

    /// <summary>Why it is not <see cref="BrokerQueuesReadiness.Ready"/>, a sentence each, with the connection or queue; empty where it is.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>The connections: one for publishing, one for consuming. Each opens when it is first needed.</summary>
    public IReadOnlyList<BrokerConnectionStatus> Connections { get; init; } = [];

    /// <summary>The queues of the worker, those too that it has disabled; empty for a program that only publishes, and before the worker has started.</summary>
    public IReadOnlyList<TaskQueueStatus> Queues { get; init; } = [];
}

/// <summary>Whether all works that a program is there for.</summary>
public enum BrokerQueuesReadiness
{
    /// <summary>All connections that it needs are open, and all of its queues are consumed.</summary>
    Ready,

    /// <summary>Tasks run, and something waits: the broker blocks publishing because of an alarm.</summary>
    Degraded,

    /// <summary>A connection is missing, or a queue is not consumed.</summary>
    NotReady,
}

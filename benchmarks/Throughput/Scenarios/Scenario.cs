namespace BrokerQueues.Benchmarks.Throughput.Scenarios;

internal enum ScenarioKind
{
    /// <summary>All tasks given to the contender at once.</summary>
    PublishBulk,

    /// <summary>Callers that each await each publish.</summary>
    PublishAwaited,

    /// <summary>A backlog is worked off.</summary>
    Consume,

    /// <summary>Published at a fixed rate while it is consumed.</summary>
    Latency,
}

internal enum BodySize
{
    /// <summary>About 100 bytes.</summary>
    Small,

    /// <summary>1 KiB.</summary>
    Usual,

    /// <summary>64 KiB.</summary>
    Large,
}

/// <summary>What all contenders are asked to do alike.</summary>
internal sealed record Scenario(string Id, ScenarioKind Kind, int Tasks)
{
    /// <summary>How many tasks may be executed at a time.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>One task at a time on the whole broker: a single active consumer.</summary>
    public bool Sequential { get; init; }

    /// <summary>How many publishers await their publishes.</summary>
    public int Callers { get; init; } = 1;

    public BodySize Body { get; init; } = BodySize.Usual;

    /// <summary>How long a processor waits; 0 for one that does nothing.</summary>
    public int WaitMilliseconds { get; init; }

    /// <summary>How many types of task, each with a processor, share the queue.</summary>
    public int TaskTypes { get; init; } = 1;

    /// <summary>How many tasks a consumer holds unsettled, the same for all contenders.</summary>
    public ushort Prefetch { get; init; } = 200;
}

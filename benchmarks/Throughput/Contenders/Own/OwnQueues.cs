namespace BrokerQueues.Benchmarks.Throughput.Contenders.Own;

internal static class OwnQueues
{
    [TaskQueue(MaxConcurrency = 1, Prefetch = 200)]
    public const string At1 = "at-1";

    [TaskQueue(MaxConcurrency = 10, Prefetch = 200)]
    public const string At10 = "at-10";

    [TaskQueue(MaxConcurrency = 16, Prefetch = 200)]
    public const string At16 = "at-16";

    [TaskQueue(MaxConcurrency = 200, Prefetch = 200)]
    public const string At200 = "at-200";

    [TaskQueue(MaxConcurrency = 16, Prefetch = 200)]
    public const string Mixed = "mixed";

    /// <summary>As it is without any setting: 5 at a time, prefetch 10.</summary>
    [TaskQueue]
    public const string Defaults = "defaults";

    /// <summary>As a sequential queue is without any other setting: prefetch 1.</summary>
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
    public const string Sequential1 = "sequential-1";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, Prefetch = 200)]
    public const string Sequential200 = "sequential-200";
}

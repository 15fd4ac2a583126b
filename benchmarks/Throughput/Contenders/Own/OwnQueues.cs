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

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
    public const string Sequential = "sequential";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, Prefetch = 200)]
    public const string SequentialPrefetch200 = "sequential-200";
}

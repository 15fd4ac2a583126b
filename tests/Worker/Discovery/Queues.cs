namespace BrokerQueues.Worker.Tests.Discovery;

/// <summary>The queues of the catalog's tests. Only those that a registered processor names are looked at.</summary>
internal static class Queues
{
    [TaskQueue]
    public const string Concurrent = "catalog.concurrent";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, OnFailure = FailureBehavior.Halt, RequeuePlacement = RequeuePlacement.Tail)]
    public const string Sequential = "catalog.sequential";

    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast)]
    public const string Broadcast = "catalog.broadcast";

    [TaskQueue(MaxConcurrency = 12, Prefetch = 30, DeliveryLimit = 3)]
    public const string Tuned = "catalog.tuned";

    [TaskQueue(MaxConcurrency = 12)]
    public const string Wide = "catalog.wide";

    [TaskQueue]
    private const string Private = "catalog.private";

    [TaskQueue(MaxConcurrency = 2)]
    public const string Twice = "catalog.twice";

    [TaskQueue(MaxConcurrency = 2)]
    public const string TwiceAgain = "catalog.twice";

    public const string Undeclared = "catalog.undeclared";

    // Mistakes

    [TaskQueue]
    public const string TwoKinds = "bad.two-kinds";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
    public const string TwoKindsAgain = "bad.two-kinds";

    [TaskQueue(DeliveryLimit = 7)]
    public const string TwoLimits = "bad.two-limits";

    [TaskQueue]
    public const string TwoLimitsAgain = "bad.two-limits";

    [TaskQueue]
    public const string Reserved = "bq.bad";

    [TaskQueue]
    public const string Wildcard = "bad.*";

    [TaskQueue]
    public const string Parking = "bad.orders.failed";

    [TaskQueue]
    public const string Parking2 = "bad.orders.fatal";

    [TaskQueue]
    public const string Parking3 = "bad.orders.incompatible";

    [TaskQueue(MaxConcurrency = -1)]
    public const string Negative = "bad.negative";

    [TaskQueue(MaxConcurrency = 1001)]
    public const string TooMany = "bad.too-many";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, MaxConcurrency = 2)]
    public const string SequentialTwo = "bad.sequential-two";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, MaxConcurrency = 4, Prefetch = 2)]
    public const string SequentialTwoAhead = "bad.sequential-two-ahead";

    [TaskQueue(MaxConcurrency = -1, Prefetch = -1)]
    public const string BadBoth = "bad.both";

    [TaskQueue(MaxConcurrency = 10, Prefetch = 9)]
    public const string LowPrefetch = "bad.low-prefetch";

    [TaskQueue(Prefetch = 65_536)]
    public const string HighPrefetch = "bad.high-prefetch";

    [TaskQueue(DeliveryLimit = 0)]
    public const string NoLimit = "bad.no-limit";

    [TaskQueue(DeliveryLimit = 1_000_001)]
    public const string HighLimit = "bad.high-limit";

    [TaskQueue(MaxConcurrency = 0)]
    public const string None = "bad.none";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, MaxConcurrency = 0)]
    public const string SequentialNone = "bad.sequential-none";

    [TaskQueue(Prefetch = 0)]
    public const string NoPrefetch = "bad.no-prefetch";

    [TaskQueue(MaxConcurrency = 5)]
    public const string WrittenOut = "bad.written-out";

    [TaskQueue]
    public const string WrittenOutAgain = "bad.written-out";

    [TaskQueue(OnFailure = FailureBehavior.Halt)]
    public const string HaltingConcurrent = "bad.halting-concurrent";

    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast, OnFailure = FailureBehavior.Halt, RequeuePlacement = RequeuePlacement.Tail)]
    public const string HaltingBroadcast = "bad.halting-broadcast";

    [TaskQueue(RequeuePlacement = RequeuePlacement.Head)]
    public const string PlacedConcurrent = "bad.placed-concurrent";

    [TaskQueue(OnFailure = FailureBehavior.Continue)]
    public const string Continuing = "catalog.continuing";

    [TaskQueue(BroadcastFilter = BroadcastFilter.FromOthersOnly)]
    public const string ConcurrentFromOthers = "bad.concurrent-from-others";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, BroadcastFilter = BroadcastFilter.FromOthersOnly)]
    public const string SequentialFromOthers = "bad.sequential-from-others";

    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast, BroadcastFilter = (BroadcastFilter)2)]
    public const string NoFilter = "bad.no-filter";

    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast)]
    public const string TwoFilters = "bad.two-filters";

    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast, BroadcastFilter = BroadcastFilter.FromOthersOnly)]
    public const string TwoFiltersAgain = "bad.two-filters";

    public static string OfPrivate => Private;
}

namespace BrokerQueues;

/// <summary>How a task queue hands out its tasks.</summary>
public enum TaskQueueBehavior
{
    /// <summary>Competing consumers: each task runs on one node, several at a time on each.</summary>
    Concurrent,

    /// <summary>One task at a time in the whole cluster, in the order of publishing (a single active consumer).</summary>
    Sequential,

    /// <summary>Each task runs once on every node (a fanout exchange with one queue per node).</summary>
    Broadcast,
}

/// <summary>Which tasks of a broadcast a node runs.</summary>
public enum BroadcastFilter
{
    /// <summary>All, its own too.</summary>
    All,

    /// <summary>
    /// Those that it has not sent itself: as where the sender has done already what it tells the others to do. A node is one host, by its <c>NodeId</c>;
    /// what says no sender (header <c>bq-sent-by</c>) runs everywhere.
    /// </summary>
    FromOthersOnly,
}

/// <summary>Where a requeued task of a sequential queue goes.</summary>
public enum RequeuePlacement
{
    /// <summary>It stays at the head: the node waits out the backoff and runs it again, so the order holds.</summary>
    Head,

    /// <summary>It goes to the tail after its backoff, and the tasks behind it run meanwhile.</summary>
    Tail,
}

/// <summary>What a sequential queue does after a task has failed for good.</summary>
public enum FailureBehavior
{
    /// <summary>The next task runs.</summary>
    Continue,

    /// <summary>
    /// The queue halts, on all nodes and across restarts, for as long as its <c>.failed</c> or <c>.fatal</c> queue holds a
    /// task: it goes on when an operator has moved, deleted or purged what lies there.
    /// </summary>
    Halt,
}

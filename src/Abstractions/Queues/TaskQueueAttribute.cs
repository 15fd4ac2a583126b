namespace BrokerQueues;

/// <summary>Declares a task queue: put it on the <c>const string</c> field that holds the queue's id.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class TaskQueueAttribute : Attribute
{
    private int? _maxConcurrency;
    private int? _prefetch;
    private RequeuePlacement? _requeuePlacement;

    /// <summary>How the queue hands out its tasks. Default: <see cref="TaskQueueBehavior.Concurrent"/>.</summary>
    public TaskQueueBehavior Behavior { get; set; } = TaskQueueBehavior.Concurrent;

    /// <summary>
    /// How many tasks of the queue one node runs at a time, 1 to 1,000; a sequential queue allows only 1. Left out it is 5 for a concurrent queue and
    /// 1 otherwise, and reads as 0; a 0 that is written out is a mistake at start.
    /// </summary>
    public int MaxConcurrency
    {
        get => _maxConcurrency ?? 0;
        set => _maxConcurrency = value;
    }

    /// <summary>Whether <see cref="MaxConcurrency"/> was written out, rather than left to its default.</summary>
    public bool HasMaxConcurrency => _maxConcurrency is not null;

    /// <summary>
    /// How many tasks the broker hands to one node ahead of their settlement, from <see cref="MaxConcurrency"/> to 65,535.
    /// Left out it is twice the concurrency, and 1 for a sequential queue, and reads as 0. More hides the way to the broker for short
    /// tasks. Fewer share long tasks more evenly, and keep them from waiting here: RabbitMQ 3.10 counts its consumer_timeout
    /// (30 minutes) from the delivery, and each hand-over to another node counts towards the delivery limit of all that was
    /// delivered. On a sequential queue more than 1 is for short tasks only, some tenfold their rate: a task that takes its node
    /// down <see cref="DeliveryLimit"/> times takes what is read ahead behind it to <c>.failed</c>. All nodes must give the
    /// same number there: where they differ, a hand-over can put a task behind later ones.
    /// </summary>
    public int Prefetch
    {
        get => _prefetch ?? 0;
        set => _prefetch = value;
    }

    /// <summary>Whether <see cref="Prefetch"/> was written out, rather than left to its default.</summary>
    public bool HasPrefetch => _prefetch is not null;

    /// <summary>
    /// After how many returns without a settlement (a killed node, a closed channel) the broker moves a task to
    /// <c>.failed</c>, 1 to 1,000,000. Default: 20. An argument of the queue (<c>x-delivery-limit</c>): changing it for
    /// a queue that exists is reported as a difference at start. A policy on the broker can only lower it.
    /// </summary>
    public int DeliveryLimit { get; set; } = 20;

    /// <summary>
    /// Where a requeued task of a sequential queue goes. Default: <see cref="RequeuePlacement.Head"/>, which keeps the order.
    /// Written at a queue of another kind it is a mistake at start: a concurrent queue has no order to keep, and a broadcast no requeue.
    /// </summary>
    public RequeuePlacement RequeuePlacement
    {
        get => _requeuePlacement ?? RequeuePlacement.Head;
        set => _requeuePlacement = value;
    }

    /// <summary>Whether <see cref="RequeuePlacement"/> was written out, rather than left to its default.</summary>
    public bool HasRequeuePlacement => _requeuePlacement is not null;

    /// <summary>
    /// What a sequential queue does after a task has failed for good. Default: <see cref="FailureBehavior.Continue"/>.
    /// <see cref="FailureBehavior.Halt"/> at a queue of another kind is a mistake at start.
    /// </summary>
    public FailureBehavior OnFailure { get; set; } = FailureBehavior.Continue;

    /// <summary>
    /// Which tasks of a broadcast a node runs. Default: <see cref="BroadcastFilter.All"/>. Anything else at a queue of another kind is a mistake at start.
    /// </summary>
    public BroadcastFilter BroadcastFilter { get; set; } = BroadcastFilter.All;
}

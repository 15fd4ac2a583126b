namespace BrokerQueues;

/// <summary>Declares a task queue: put it on the <c>const string</c> field that holds the queue's id.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class TaskQueueAttribute : Attribute
{
    /// <summary>How the queue hands out its tasks. Default: <see cref="TaskQueueBehavior.Concurrent"/>.</summary>
    public TaskQueueBehavior Behavior { get; set; } = TaskQueueBehavior.Concurrent;

    /// <summary>
    /// How many tasks of the queue one node runs at a time, 1 to 1,000. Default: 0, which means 5 for a concurrent queue
    /// and 1 otherwise. A sequential queue allows only 1.
    /// </summary>
    public int MaxConcurrency { get; set; }

    /// <summary>
    /// How many tasks the broker hands to one node ahead of their settlement, from <see cref="MaxConcurrency"/> to 65,535.
    /// Default: 0, which means twice the concurrency, and 1 for a sequential queue. More hides the way to the broker for short
    /// tasks. Fewer share long tasks more evenly, and keep them from waiting here: RabbitMQ 3.10 counts its consumer_timeout
    /// (30 minutes) from the delivery, and each hand-over to another node counts towards the delivery limit of all that was
    /// delivered. On a sequential queue more than 1 is for short tasks only, some tenfold their rate: a task that takes its node
    /// down <see cref="DeliveryLimit"/> times takes what is read ahead behind it to <c>.failed</c>. All nodes must give the
    /// same number there: where they differ, a hand-over can put a task behind later ones.
    /// </summary>
    public int Prefetch { get; set; }

    /// <summary>
    /// After how many returns without a settlement (a killed node, a closed channel) the broker moves a task to
    /// <c>.failed</c>, 1 to 1,000,000. Default: 20. An argument of the queue (<c>x-delivery-limit</c>): changing it for
    /// a queue that exists is reported as a difference at start. A policy on the broker can only lower it.
    /// </summary>
    public int DeliveryLimit { get; set; } = 20;

    /// <summary>
    /// Where a requeued task of a sequential queue goes. Default: <see cref="RequeuePlacement.Head"/>, which keeps the order.
    /// Without meaning for other kinds.
    /// </summary>
    public RequeuePlacement RequeuePlacement { get; set; } = RequeuePlacement.Head;

    /// <summary>
    /// What a sequential queue does after a task has failed for good. Default: <see cref="FailureBehavior.Continue"/>.
    /// Without meaning for other kinds.
    /// </summary>
    public FailureBehavior OnFailure { get; set; } = FailureBehavior.Continue;
}

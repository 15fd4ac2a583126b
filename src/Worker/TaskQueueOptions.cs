namespace BrokerQueues.Worker;

/// <summary>
/// What an environment sets for one queue in place of its <see cref="TaskQueueAttribute"/>; the configuration section
/// <c>BrokerQueues:Worker:Queues:QUEUE_ID</c>. What is null is as the attribute says.
/// </summary>
/// <remarks>
/// Only what each node may have differently is here. The kind of the queue, what follows on a failure and <see cref="TaskQueueAttribute.DeliveryLimit"/>
/// hold for all nodes or for the queue on the broker, and stand in the attribute alone.
/// </remarks>
public sealed class TaskQueueOptions
{
    /// <summary>
    /// Whether this node consumes the queue. Default: true. With false it neither declares nor consumes it: its tasks wait for other nodes. Publishing
    /// to it goes on.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many tasks of the queue this node runs at a time, 1 to 1,000; a sequential queue allows only 1. Default: null, as <see cref="TaskQueueAttribute.MaxConcurrency"/>.</summary>
    public int? MaxConcurrency { get; set; }

    /// <summary>
    /// How many tasks the broker hands to this node ahead of their settlement, from the concurrency to 65,535. Default: null, as
    /// <see cref="TaskQueueAttribute.Prefetch"/>; where that is not given either, twice the concurrency, and 1 for a sequential queue, of which
    /// all nodes must give the same number.
    /// </summary>
    public int? Prefetch { get; set; }

    /// <summary>
    /// Which tasks of a broadcast this node runs. Default: null, as <see cref="TaskQueueAttribute.BroadcastFilter"/>. At a queue of another kind it is a mistake.
    /// </summary>
    public BroadcastFilter? BroadcastFilter { get; set; }
}

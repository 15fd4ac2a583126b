using BrokerQueues.Broker.Queues;

namespace BrokerQueues.Broker.Topology;

/// <summary>What stands on the broker for one task queue.</summary>
internal static class TaskQueueTopology
{
    /// <summary>
    /// <code>
    /// exchange Q (direct) ─┬─ Q               ─→ queue Q, quorum, dead-letters to Q.failed
    ///                      ├─ Q.failed        ─→ parking queue
    ///                      ├─ Q.fatal         ─→ parking queue
    ///                      └─ Q.incompatible  ─→ parking queue
    /// exchange bq.delay.deliver ─ (bits).Q    ─→ queue Q
    /// </code>
    /// </summary>
    public static TopologyPart Shared(QueueDefinition queue, BrokerNames names)
    {
        string name = names.Queue(queue.QueueId);
        if (queue.Behavior == TaskQueueBehavior.Broadcast)
        {
            return new TopologyPart([new ExchangeSpec(name, "fanout")], [], []);
        }

        string failed = names.Failed(queue.QueueId);
        string fatal = names.Fatal(queue.QueueId);
        string incompatible = names.Incompatible(queue.QueueId);
        return new TopologyPart(
            [new ExchangeSpec(name, "direct") { IsWrittenTo = true }],
            [
                // The parking queues first: the work queue never exists without the place its dead letters go to.
                new QueueSpec(failed, QuorumArguments.Parking()),
                new QueueSpec(fatal, QuorumArguments.Parking()),
                new QueueSpec(incompatible, QuorumArguments.Parking()),
                new QueueSpec(name, QuorumArguments.Work(queue.DeliveryLimit, name, failed, queue.Behavior == TaskQueueBehavior.Sequential)),
            ],
            [
                new BindingSpec(name, failed, failed),
                new BindingSpec(name, fatal, fatal),
                new BindingSpec(name, incompatible, incompatible),
                new BindingSpec(name, name, name),
                new BindingSpec(names.DelayDelivery, name, DelayLadder.DeliveryPattern(name)),
            ]);
    }

    /// <summary>The queue through which one node hears a broadcast.</summary>
    public static TopologyPart OfNode(QueueDefinition queue, BrokerNames names, string nodeId, bool stable)
    {
        string name = names.BroadcastQueue(queue.QueueId, nodeId);
        QueueSpec own = stable
            ? new QueueSpec(name, QuorumArguments.BroadcastLease(queue.BroadcastLease, queue.DeliveryLimit)) { OfNode = true }
            : new QueueSpec(name, new Dictionary<string, object?>()) { Durable = false, Exclusive = true, AutoDelete = true, OfNode = true };
        return new TopologyPart([], [own], [new BindingSpec(names.Queue(queue.QueueId), name, "")]);
    }
}

using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Consuming;

/// <summary>
/// How a node consumes one queue. What the kinds of task queues mean for consuming and settling stands in <see cref="Of"/>, and nowhere else.
/// </summary>
internal sealed record SubscriptionSpec
{
    /// <summary>The id of the task queue, as users know it.</summary>
    public required string QueueId { get; init; }

    /// <summary>The queue that is consumed.</summary>
    public required string QueueName { get; init; }

    /// <summary>What is declared for it, and restored where it is missing.</summary>
    public IReadOnlyList<TopologyPart> Topology { get; init; } = [];

    /// <summary>How many deliveries the broker hands over ahead of their settlement.</summary>
    public required ushort Prefetch { get; init; }

    /// <summary>With how many a session begins; the worker raises it to <see cref="Prefetch"/>.</summary>
    public ushort FirstPrefetch { get; init; }

    /// <summary>When acknowledgements are sent.</summary>
    public AcknowledgementMode Acknowledgement { get; init; }

    /// <summary>How a delivery goes back to the queue.</summary>
    public ReturnMode Return { get; init; }

    /// <summary>Whether a node that stops asks for no more deliveries (basic.cancel) before it closes the channel.</summary>
    public bool CancelOnStop { get; init; } = true;

    /// <summary>
    /// Whether one task of it runs at a time in the whole cluster (a single active consumer): one task a node, whatever session it came by, and what
    /// runs is told when the broker node may have been cut off from the queue's majority (<see cref="QuorumWitness"/>).
    /// </summary>
    public bool IsSingleActive { get; init; }

    /// <summary>Whether the queue is this node's own; no other broker node can stand in for it.</summary>
    public bool IsOfNode { get; init; }

    /// <summary>What is sent while this node is away is lost to it: its queue goes with its connection.</summary>
    public bool LivesWithConnection { get; init; }

    /// <summary>How many returns the broker allows a message before it dead-letters it.</summary>
    public int DeliveryLimit { get; init; } = 20;

    /// <summary>Arguments of basic.consume; null for none.</summary>
    public IDictionary<string, object?>? Arguments { get; init; }

    /// <summary>How a node consumes a task queue.</summary>
    public static SubscriptionSpec Of(QueueDefinition queue, BrokerNames names, NodeIdentity node)
    {
        TopologyPart shared = TaskQueueTopology.Shared(queue, names);
        var spec = new SubscriptionSpec
        {
            QueueId = queue.QueueId,
            QueueName = names.Queue(queue.QueueId),
            Topology = [shared],
            Prefetch = queue.Prefetch,
            FirstPrefetch = queue.Prefetch,
            DeliveryLimit = queue.DeliveryLimit,
        };
        return queue.Behavior switch
        {
            // A single task, until one has shown that it does not kill the node: each return counts for all that was handed over.
            TaskQueueBehavior.Concurrent => spec with { FirstPrefetch = 1, Return = ReturnMode.NackOrFreshCopy },

            // Every consumer of every node takes as many: what the broker returned to one must go to one that takes it all. Not cancelled: the next
            // consumer would be active beside the task that still runs. A nack would let later tasks overtake.
            TaskQueueBehavior.Sequential => spec with
            {
                Acknowledgement = AcknowledgementMode.OneByOne,
                Return = ReturnMode.CloseChannel,
                CancelOnStop = false,
                IsSingleActive = true,
            },
            _ => spec with
            {
                QueueName = names.BroadcastQueue(queue.QueueId, node.NodeId),
                Topology = [shared, TaskQueueTopology.OfNode(queue, names, node.NodeId, node.IsStable)],
                Return = ReturnMode.Nack,
                IsOfNode = true,
                LivesWithConnection = !node.IsStable,
            },
        };
    }
}

/// <summary>When acknowledgements are sent.</summary>
internal enum AcknowledgementMode
{
    /// <summary>While further tasks wait here, those that end close to each other go out together.</summary>
    Batched,

    /// <summary>Each at once and by itself: for a queue whose tasks are settled one at a time.</summary>
    OneByOne,
}

/// <summary>How a delivery goes back to its queue.</summary>
internal enum ReturnMode
{
    /// <summary>By basic.nack with requeue.</summary>
    Nack,

    /// <summary>By basic.nack; after some returns, which count towards the delivery limit, as a copy with a fresh count.</summary>
    NackOrFreshCopy,

    /// <summary>By closing the channel, which returns all that came over it, in order.</summary>
    CloseChannel,
}

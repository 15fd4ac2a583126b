using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Consuming;

/// <summary>What a node subscribes to for one task queue.</summary>
internal sealed record QueueSubscription(
    QueueDefinition Queue, string QueueName, ushort Prefetch, IReadOnlyList<TopologyPart> Topology)
{
    /// <summary>What is sent while this node is away is lost to it: its queue goes with its connection.</summary>
    public bool LivesWithConnection { get; init; }
}

using BrokerQueues.Broker.Connection;

namespace BrokerQueues.Broker.Status;

/// <inheritdoc cref="IBrokerQueuesStatus"/>
internal sealed class ProgramStatus(BrokerConnections connections, NodeIdentity node, TimeProvider time, IWorkerStatus? worker = null) : IBrokerQueuesStatus
{
    public BrokerQueuesStatus GetStatus()
    {
        IReadOnlyList<TaskQueueStatus>? queues = worker?.DescribeQueues();
        BrokerConnectionStatus publishing = connections.Publishing.GetStatus();
        BrokerConnectionStatus consuming = connections.Consuming.GetStatus();
        (BrokerQueuesReadiness readiness, IReadOnlyList<string> reasons) = Readiness.Judge(publishing, consuming, queues ?? [], isStarting: worker is not null && queues is null);
        return new BrokerQueuesStatus
        {
            NodeId = node.NodeId,
            At = time.GetUtcNow(),
            Readiness = readiness,
            Reasons = reasons,
            Connections = [publishing, consuming],
            Queues = queues ?? [],
        };
    }

    /// <summary>
    /// A program that consumes nothing connects when it first publishes. Whoever wants to know whether it is ready has it connect: whether it can publish
    /// is not known before. Does not wait.
    /// </summary>
    public void BeginPublishing()
    {
        if (worker is null || worker.DescribeQueues() is { } queues && queues.All(queue => queue.State == TaskQueueState.Disabled))
        {
            connections.Publishing.Begin();
        }
    }

    /// <summary>Why the process cannot go on by itself; null where it can.</summary>
    public string? WhyNotAlive() => worker?.WhyNotAlive();
}

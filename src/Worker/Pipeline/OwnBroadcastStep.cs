using System.Text;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Wire;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>
/// Own: leaves out the broadcasts that this node has sent itself, of a queue with <see cref="BroadcastFilter.FromOthersOnly"/>; other queues have no such step.
/// Before Read: the node that sends a broadcast need not understand it.
/// </summary>
internal sealed class OwnBroadcastStep(string queueId, NodeIdentity node, ILogger logger) : ITaskStep
{
    private readonly byte[] _nodeId = Encoding.UTF8.GetBytes(node.NodeId);

    public ValueTask ExecuteAsync(TaskExecution execution) =>
        IsOwn(execution.Delivery.Properties.Headers) ? AcknowledgeAsync(execution) : default;

    /// <summary>What says no sender, or says it by something else than text, is not ours.</summary>
    private bool IsOwn(IDictionary<string, object?>? headers) =>
        headers is not null && headers.TryGetValue(TaskHeaders.SentBy, out object? sender) && sender switch
        {
            // As it comes from the broker; every delivery is compared, and need not become a string for it.
            byte[] bytes => bytes.AsSpan().SequenceEqual(_nodeId),
            string text => text == node.NodeId,
            _ => false,
        };

    private async ValueTask AcknowledgeAsync(TaskExecution execution)
    {
        ExecutionLog.LeftToOthers(logger, execution.Delivery.Properties.MessageId, queueId, execution.Delivery.Properties.Type);
        execution.SettledEarly();

        // Where the session has ended meanwhile the broker delivers it again, and it is left out again.
        await DeliverySettler.AcknowledgeAsync(execution.Delivery).ConfigureAwait(false);
    }
}

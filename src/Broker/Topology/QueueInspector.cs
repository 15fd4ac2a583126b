using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Topology;

/// <summary>Looks at queues without touching them.</summary>
internal sealed class QueueInspector(BrokerConnections connections)
{
    /// <summary>How many messages are ready in the queues together; a queue that does not exist has none.</summary>
    public async Task<long> CountAsync(IReadOnlyList<string> queueNames, CancellationToken cancellationToken)
    {
        IConnection connection = await connections.Consuming.GetAsync(cancellationToken).ConfigureAwait(false);
        var channel = new ReopeningChannel(connection);
        try
        {
            long count = 0;
            foreach (string queueName in queueNames)
            {
                try
                {
                    IChannel open = await channel.GetAsync(cancellationToken).ConfigureAwait(false);
                    count += await open.MessageCountAsync(queueName, cancellationToken).ConfigureAwait(false);
                }
                catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
                {
                    // No queue, no messages.
                }
            }

            return count;
        }
        finally
        {
            await channel.DisposeAsync().ConfigureAwait(false);
        }
    }
}

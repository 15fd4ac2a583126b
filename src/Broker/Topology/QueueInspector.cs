using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>Looks at queues without touching them.</summary>
internal sealed class QueueInspector(BrokerConnections connections, TimeProvider time)
{
    /// <summary>How many messages are ready in the queues together; a queue that does not exist has none.</summary>
    public async Task<long> CountAsync(IReadOnlyList<string> queueNames, CancellationToken cancellationToken)
    {
        IConnection connection = await connections.Consuming.GetAsync(cancellationToken).ConfigureAwait(false);
        var channel = new ReopeningChannel(connection, time);
        try
        {
            long count = 0;
            foreach (string queueName in queueNames)
            {
                try
                {
                    await channel.AskAsync(
                        $"counting the tasks of '{queueName}'",
                        async (open, token) => count += await open.MessageCountAsync(queueName, token).ConfigureAwait(false),
                        cancellationToken).ConfigureAwait(false);
                }
                catch (RefusedByBrokerException exception) when (exception.ReplyCode == Constants.NotFound)
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

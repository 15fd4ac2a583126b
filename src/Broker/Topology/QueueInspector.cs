using System.Runtime.CompilerServices;
using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>Looks at queues without touching them.</summary>
internal sealed class QueueInspector(BrokerConnections connections, TimeProvider time)
{
    /// <summary>How many messages are ready in the queues together; a queue that does not exist has none.</summary>
    /// <returns>Null where it could not be found out: the connection is gone, or the broker did not answer in time.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired.</exception>
    public async Task<long?> TryCountAsync(IReadOnlyList<string> queueNames, CancellationToken cancellationToken)
    {
        try
        {
            IConnection connection = await connections.Consuming.GetAsync(cancellationToken).ConfigureAwait(false);
            var channel = new ReopeningChannel(connection, time);
            await using ConfiguredAsyncDisposable closing = channel.ConfigureAwait(false);
            long count = 0;
            foreach (string queueName in queueNames)
            {
                count += await CountAsync(channel, queueName, cancellationToken).ConfigureAwait(false);
            }

            return count;
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception, cancellationToken))
        {
            return null;
        }
    }

    private static async Task<long> CountAsync(ReopeningChannel channel, string queueName, CancellationToken cancellationToken)
    {
        long count = 0;
        try
        {
            await channel.AskAsync(
                $"counting the tasks of '{queueName}'",
                async (open, token) => count = await open.MessageCountAsync(queueName, token).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
        }
        catch (RefusedByBrokerException exception) when (exception.ReplyCode == Constants.NotFound)
        {
            // No queue, no messages.
        }

        return count;
    }
}

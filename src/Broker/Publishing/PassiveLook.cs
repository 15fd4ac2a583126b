using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Topology;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Publishing;

/// <summary>Asks the broker whether something exists, on a channel of its own: the answer "no" closes it.</summary>
internal static class PassiveLook
{
    /// <param name="connection">Where to ask.</param>
    /// <param name="what">What is asked, for the error.</param>
    /// <param name="look">The passive declaration.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <exception cref="RefusedByBrokerException">The broker refused to answer, as for want of permission.</exception>
    /// <exception cref="TimeoutException">The broker does not answer.</exception>
    public static async Task<bool> ExistsAsync(
        BrokerConnection connection, string what, Func<IChannel, CancellationToken, Task> look, TimeProvider time, CancellationToken cancellationToken)
    {
        IConnection open = await connection.GetAsync(cancellationToken).ConfigureAwait(false);
        var asking = new ReopeningChannel(open, time);
        try
        {
            await asking.AskAsync(what, look, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RefusedByBrokerException refused) when (refused.ReplyCode == Constants.NotFound)
        {
            return false;
        }
        finally
        {
            // Nobody waits for it to close, least of all a program that is shutting down.
            _ = CloseAsync(asking);
        }
    }

    private static Task CloseAsync(ReopeningChannel asking) => Background.Run(async () =>
    {
        try
        {
            await asking.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It has been asked, and what does not close ends with its connection.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    });
}

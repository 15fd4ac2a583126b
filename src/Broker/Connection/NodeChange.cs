using BrokerQueues.Broker.Diagnostics;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Connection;

/// <summary>Leaves a broker node that answers, but not as part of its cluster, for another that does.</summary>
internal sealed class NodeChange(BrokerConnector connector, ConnectionRole role, ILogger logger)
{
    private int _isLooking;

    /// <summary>
    /// Connects a second time, elsewhere where there is more than one address, and asks there; where that is answered, the present connection is
    /// closed, and the next is made elsewhere. One look at a time.
    /// </summary>
    /// <param name="present">The connection over which something is not answered.</param>
    /// <param name="why">What, for the log.</param>
    /// <param name="ask">Asks for it; throws where there is no answer.</param>
    /// <param name="stopping">Gives up.</param>
    public async Task TryAsync(BrokerLink present, string why, Func<IConnection, CancellationToken, Task> ask, CancellationToken stopping)
    {
        if (Interlocked.Exchange(ref _isLooking, 1) != 0)
        {
            return;
        }

        try
        {
            connector.MarkFailed(present.Endpoint);
            BrokerLink other = await connector.ConnectAsync(stopping).ConfigureAwait(false);
            try
            {
                await ask(other.Connection, stopping).ConfigureAwait(false);
            }
            finally
            {
                _ = LeftBehind.Connection(other.Connection);
            }

            ConnectionLog.LeavingForAnother(logger, role, present.Description, why, other.Endpoint.ToString());
            connector.MarkFailed(present.Endpoint);
            await present.Connection.CloseAsync(
                Constants.ConnectionForced, "leaving this broker node", TimeSpan.Zero, abort: true, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the present connection is kept.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!stopping.IsCancellationRequested)
            {
                ConnectionLog.NoBetterElsewhere(logger, role, present.Description, why, ExceptionText.MessageOf(exception));
            }
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }
}

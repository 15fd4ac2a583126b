using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>A channel for asking: an answer of 403, 404 or 406 closes it, and the next question opens another.</summary>
internal sealed class ReopeningChannel(IConnection connection, TimeProvider time) : IAsyncDisposable
{
    private IChannel? _channel;

    public async ValueTask<IChannel> GetAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true })
        {
            return _channel;
        }

        await DisposeAsync().ConfigureAwait(false);
        return _channel = await BrokerCall.WithinAsync(
            "opening a channel",
            BrokerCall.Answer,
            time,
            token => connection.CreateChannelAsync(cancellationToken: token),
            late => late.DisposeAsync().AsTask(),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks on an open channel, within the limit for an answer.</summary>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    /// <exception cref="RefusedByBrokerException">The broker answered by closing the channel; the connection is as it was.</exception>
    public async Task AskAsync(string what, Func<IChannel, CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        IChannel channel = await GetAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await BrokerCall.WithinAsync(what, BrokerCall.Answer, time, token => ask(channel, token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception, cancellationToken))
        {
            if (RefusedByBrokerException.From(channel, connection) is { } refused)
            {
                throw refused;
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is not { } channel)
        {
            return;
        }

        _channel = null;
        try
        {
            await BrokerCall.WithinAsync("closing a channel", BrokerCall.Leave, time, _ => channel.DisposeAsync().AsTask(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception))
        {
            // What does not close in time ends with its connection.
        }
    }
}

using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>A channel for asking: an answer of 404 or 406 closes it, and the next question opens another.</summary>
internal sealed class ReopeningChannel(IConnection connection) : IAsyncDisposable
{
    private IChannel? _channel;

    public async ValueTask<IChannel> GetAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true })
        {
            return _channel;
        }

        if (_channel is not null)
        {
            await _channel.DisposeAsync().ConfigureAwait(false);
        }

        return _channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is not null)
        {
            await _channel.DisposeAsync().ConfigureAwait(false);
        }
    }
}

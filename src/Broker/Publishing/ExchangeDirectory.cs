using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// Knows which exchanges exist. Publishing to one that does not closes the channel and fails everything outstanding on it
/// (101 of 101 measured), so each is looked for once, on a channel of its own.
/// </summary>
internal sealed class ExchangeDirectory(BrokerConnection connection)
{
    private const ushort NotFound = 404;

    private readonly ConcurrentDictionary<string, bool> _existing = new(StringComparer.Ordinal) { [""] = true };

    /// <summary>Whether all that a message needs is known to exist.</summary>
    public bool Knows(OutboundMessage message) =>
        _existing.ContainsKey(message.Exchange) && (message.AlsoRequiredExchange is not { } required || _existing.ContainsKey(required));

    /// <summary>Whether all that a message needs exists; asks the broker where that is not known.</summary>
    /// <exception cref="OperationInterruptedException">The broker refused to answer, as for want of permission.</exception>
    public async Task<bool> HasAsync(OutboundMessage message, CancellationToken cancellationToken) =>
        await ExistsAsync(message.Exchange, cancellationToken).ConfigureAwait(false) &&
        (message.AlsoRequiredExchange is not { } required || await ExistsAsync(required, cancellationToken).ConfigureAwait(false));

    /// <summary>An exchange turned out to be gone: look for each again before the next publish to it.</summary>
    public void Forget()
    {
        _existing.Clear();
        _existing[""] = true;
    }

    private async Task<bool> ExistsAsync(string exchange, CancellationToken cancellationToken)
    {
        if (_existing.ContainsKey(exchange))
        {
            return true;
        }

        IConnection open = await connection.GetAsync(cancellationToken).ConfigureAwait(false);
        IChannel channel = await open.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = channel.ConfigureAwait(false);
        try
        {
            await channel.ExchangeDeclarePassiveAsync(exchange, cancellationToken).ConfigureAwait(false);
            return _existing[exchange] = true;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == NotFound)
        {
            return false;
        }
    }
}

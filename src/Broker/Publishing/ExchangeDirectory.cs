using System.Collections.Concurrent;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// Knows which exchanges exist. Publishing to one that does not closes the channel and fails everything outstanding on it
/// (101 of 101 measured), so each is looked for once, on a channel of its own.
/// </summary>
internal sealed class ExchangeDirectory(BrokerConnection connection, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, bool> _existing = new(StringComparer.Ordinal) { [""] = true };

    /// <summary>Whether all that a message needs is known to exist.</summary>
    public bool Knows(OutboundMessage message) =>
        _existing.ContainsKey(message.Exchange) && (message.AlsoRequiredExchange is not { } required || _existing.ContainsKey(required));

    /// <summary>The exchange that a message needs and that does not exist; null where all it needs exists. Asks the broker where that is not known.</summary>
    /// <exception cref="RefusedByBrokerException">The broker refused to answer, as for want of permission.</exception>
    /// <exception cref="TimeoutException">The broker does not answer.</exception>
    public async Task<string?> FindMissingAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(message.Exchange, cancellationToken).ConfigureAwait(false))
        {
            return message.Exchange;
        }

        return message.AlsoRequiredExchange is { } required && !await ExistsAsync(required, cancellationToken).ConfigureAwait(false) ? required : null;
    }

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

        bool exists = await PassiveLook.ExistsAsync(
            connection, $"looking for exchange '{exchange}'", (channel, token) => channel.ExchangeDeclarePassiveAsync(exchange, token), time, cancellationToken).ConfigureAwait(false);
        if (exists)
        {
            _existing[exchange] = true;
        }

        return exists;
    }
}

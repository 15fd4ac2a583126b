using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Connection;

/// <summary>The two connections of a program. Each opens when it is first needed: a mere publisher has only one.</summary>
internal sealed class BrokerConnections(IOptions<BrokerQueuesOptions> options, NodeIdentity node, TimeProvider time, ILoggerFactory loggers)
    : IAsyncDisposable, IDisposable
{
    public BrokerConnection Publishing { get; } = new(ConnectionRole.Publishing, options, node, time, loggers);

    public BrokerConnection Consuming { get; } = new(ConnectionRole.Consuming, options, node, time, loggers);

    /// <summary>For containers that are disposed without await; it blocks until the connections are closed.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        await Consuming.DisposeAsync().ConfigureAwait(false);
        await Publishing.DisposeAsync().ConfigureAwait(false);
    }
}

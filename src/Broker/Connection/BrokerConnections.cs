using BrokerQueues.Broker.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Connection;

/// <summary>The two connections of a program. Each opens when it is first needed: a mere publisher has only one.</summary>
internal sealed class BrokerConnections(
    IOptionsMonitor<BrokerQueuesOptions> options, NodeIdentity node, TimeProvider time, ILoggerFactory loggers, IBrokerCredentials? credentials = null,
    OpenConnection? open = null, ReconnectCounter? reconnects = null)
    : IAsyncDisposable, IDisposable
{
    public BrokerConnection Publishing { get; } = new(ConnectionRole.Publishing, options, credentials, node, time, loggers, open, reconnects);

    public BrokerConnection Consuming { get; } = new(ConnectionRole.Consuming, options, credentials, node, time, loggers, open, reconnects);

    /// <summary>For containers that are disposed without await; it blocks until the connections are left, 4 s at the most.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(Consuming.DisposeAsync().AsTask(), Publishing.DisposeAsync().AsTask()).ConfigureAwait(false);
}

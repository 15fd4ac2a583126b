using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>
/// Owns when the topology is looked after. At a node's start before anything is consumed; after that only where something is missing,
/// since RabbitMQ 4 closes the whole connection over a declaration or binding it cannot write, and with it the tasks that run.
/// </summary>
internal sealed class TopologyKeeper(TopologyDeclarer declarer, BrokerNames names, BrokerConnections connections, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan s_beforeStartingAgain = TimeSpan.FromMilliseconds(500);

    private readonly ILogger _logger = loggers.CreateGuarded("BrokerQueues.Topology");
    private readonly Lock _gate = new();
    private readonly List<TopologyPart> _waiting = [];
    private IConnection? _comparedOn;
    private bool _comparing;
    private bool _rebind;

    /// <summary>The connection over which <see cref="StartAsync"/> has found all that the node needs; null before.</summary>
    public IConnection? StartedOn { get; private set; }

    /// <summary>
    /// Ensures all that a node needs before it consumes, as soon as the broker is there: one object that differs, and nothing is declared.
    /// </summary>
    /// <inheritdoc cref="TopologyDeclarer.EnsureAsync" path="/exception"/>
    public async Task StartAsync(IReadOnlyList<TopologyPart> parts, CancellationToken cancellationToken)
    {
        BindingScope bindings = BindingScope.All;
        while (true)
        {
            IConnection connection = await connections.Consuming.GetAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await EnsureAsync(connection, parts, bindings, cancellationToken).ConfigureAwait(false);
                StartedOn = connection;
                return;
            }
            catch (MetadataUnavailableException exception)
            {
                // All that exists can be consumed meanwhile. But this connection the broker is about to close.
                TopologyLog.BindingsNotMade(_logger, exception.Message);
                bindings = BindingScope.OfNew;
                await BrokerLink.LeaveAsync(connection, time).ConfigureAwait(false);
            }
            catch (Exception exception) when (BrokerErrors.MeansGone(exception, cancellationToken))
            {
                TopologyLog.StartFailed(_logger, exception.Message);
                await Task.Delay(s_beforeStartingAgain, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task EnsureAsync(IConnection connection, IReadOnlyList<TopologyPart> parts, BindingScope bindings, CancellationToken cancellationToken)
    {
        TopologyPart[] all = [DelayLadder.Topology(names), .. parts];
        await declarer.EnsureAsync(connection, all, bindings, cancellationToken).ConfigureAwait(false);
        if (bindings == BindingScope.All && parts.Any(part => part.Exchanges.Any(exchange => exchange.IsWrittenTo)))
        {
            await declarer.CheckWritePermissionAsync(connection, all, names.DelayDelivery, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A queue, or what belongs to it, was found missing: all of it is looked for, and what is missing declared and bound.</summary>
    /// <inheritdoc cref="TopologyDeclarer.EnsureAsync" path="/exception"/>
    public async Task RestoreAsync(IConnection connection, IEnumerable<TopologyPart> parts, BindingScope bindings, CancellationToken cancellationToken) =>
        Tell(await declarer.EnsureAsync(connection, [DelayLadder.Topology(names), .. parts], bindings, cancellationToken).ConfigureAwait(false));

    /// <summary>A node's own queue, which went with its last connection.</summary>
    /// <inheritdoc cref="TopologyDeclarer.EnsureAsync" path="/exception"/>
    public Task DeclareOwnAsync(IConnection connection, IEnumerable<TopologyPart> parts, CancellationToken cancellationToken) =>
        declarer.EnsureAsync(connection, parts, BindingScope.OfNew, cancellationToken);

    /// <summary>
    /// Whether a queue may have lost its bindings unseen since it was last consumed. RabbitMQ 4 cancels the consumers of a queue that is
    /// deleted; 3.x says nothing where it is made anew at once, and can always write its metadata, so there they are all made again.
    /// </summary>
    public static bool MayHaveLostBindings(IConnection connection, bool cancelledByBroker) => cancelledByBroker || MajorVersionOf(connection) < 4;

    /// <summary>
    /// After a reconnect: queues are consumed at once, and what stands on the broker is compared beside it. What is missing is declared;
    /// what differs is told, for a node that consumes is better than one that does not.
    /// </summary>
    public void CompareBeside(IConnection connection, IEnumerable<TopologyPart> parts)
    {
        lock (_gate)
        {
            if (_comparedOn != connection)
            {
                _comparedOn = connection;
                _waiting.Clear();
                _waiting.Add(DelayLadder.Topology(names));
                _rebind = MajorVersionOf(connection) < 4;
            }

            _waiting.AddRange(parts);
            if (!_comparing)
            {
                _comparing = true;
                _ = Background.Run(CompareAsync);
            }
        }
    }

    /// <inheritdoc cref="TopologyDeclarer.Explain"/>
    public BrokerPermissionException Explain(string refusal, Exception refused, string needed, string purpose, IEnumerable<TopologyPart> parts) =>
        declarer.Explain(refusal, refused, needed, purpose, [DelayLadder.Topology(names), .. parts]);

    private async Task CompareAsync()
    {
        while (true)
        {
            IConnection connection;
            TopologyPart[] parts;
            BindingScope bindings;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _comparing = false;
                    return;
                }

                connection = _comparedOn!;
                parts = [.. _waiting];
                bindings = _rebind ? BindingScope.All : BindingScope.OfNew;
                _waiting.Clear();
            }

            try
            {
                IReadOnlyList<string> restored = await declarer.EnsureAsync(connection, parts, bindings, CancellationToken.None).ConfigureAwait(false);
                Tell(restored);
                if (restored.Count > 0)
                {
                    // An exchange that all share may be among them: those that come after it have lost their bindings to it.
                    lock (_gate)
                    {
                        _rebind = true;
                    }
                }
            }
            catch (Exception exception) when (exception is TopologyException or BrokerPermissionException)
            {
                TopologyLog.Differs(_logger, exception.Message);
            }
#pragma warning disable CA1031 // Nothing may end the comparing while the node runs.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                TopologyLog.CompareFailed(_logger, exception.Message);
            }
        }
    }

    private void Tell(IReadOnlyList<string> restored)
    {
        if (restored.Count > 0)
        {
            TopologyLog.Restored(_logger, string.Join(", ", restored));
        }
    }

    private static int MajorVersionOf(IConnection connection) =>
        connection.ServerProperties?.TryGetValue("version", out object? value) == true && value is byte[] version &&
        int.TryParse(System.Text.Encoding.UTF8.GetString(version).Split('.')[0], System.Globalization.CultureInfo.InvariantCulture, out int major)
            ? major
            : 4;
}

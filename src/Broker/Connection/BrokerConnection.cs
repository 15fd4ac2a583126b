using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// One connection that is always there or being re-established. The client's own recovery is off: it loses consumers
/// (rabbitmq-dotnet-client issue 1993), swallows errors of topology and does not see channels that close alone.
/// </summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    /// <summary>What the supervision may take beside closing the connection; it may be in code of the user's that does not return.</summary>
    private static readonly TimeSpan s_beyondLeaving = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);

    private readonly BrokerConnector _connector;
    private readonly ResiliencePipeline<BrokerLink> _reconnect;
    private readonly ConnectionRole _role;
    private readonly ReconnectCounter? _reconnects;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly ConnectionStanding _standing;
    private readonly ConnectionAlarm _alarm = new();
    private readonly NodeChange _nodeChange;
    private TaskCompletionSource<IConnection> _open = NewOpenSource();
    private volatile BrokerLink? _link;
    private bool _isDisposed;
    private Task? _supervision;

    public BrokerConnection(
        ConnectionRole role, IOptionsMonitor<BrokerQueuesOptions> options, IBrokerCredentials? credentials, NodeIdentity node, TimeProvider time, ILoggerFactory loggers,
        OpenConnection? open = null, ReconnectCounter? reconnects = null)
    {
        _role = role;
        _reconnects = reconnects;
        _time = time;
        _logger = loggers.CreateGuarded("BrokerQueues.Connection");
        _connector = new BrokerConnector(role, options, credentials, node, time, _logger, open);
        _standing = new ConnectionStanding(role, _connector.Describe, time);
        _nodeChange = new NodeChange(_connector, role, _logger);
        _reconnect = Backoff.Create<BrokerLink>(
            s_firstPause, options.CurrentValue.MaxReconnectDelay, time,
            (outcome, _) => outcome.Exception is not null && !_stopping.IsCancellationRequested,
            (failure, pause) => OnConnectFailed(failure!, pause));
    }

    /// <summary>Why the broker blocks this connection at present (an alarm); null when it does not.</summary>
    public string? BlockedReason => _alarm.Reason;

    /// <summary>Where it leads, or led to last; null before the first. Of use to telemetry only.</summary>
    public ServerAddress? Server { get; private set; }

    /// <summary>What is known of the connection when a message was not confirmed, for error messages.</summary>
    public string Describe() => _standing.Describe(awaitsAnswer: true);

    /// <summary>How it stands, without asking anybody.</summary>
    public BrokerConnectionStatus GetStatus() => _standing.GetStatus();

    /// <summary>How it stands, where no message waits for an answer: an open connection is no fault then.</summary>
    public string DescribeStanding() => _standing.Describe(awaitsAnswer: false);

    /// <summary>Has it made, if it is not yet, and does not wait.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                Supervise();
            }
        }
    }

    /// <summary>The open connection, as soon as there is one.</summary>
    public Task<IConnection> GetAsync(CancellationToken cancellationToken)
    {
        Task<IConnection> open;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Supervise();
            open = _open.Task;
        }

        return open.WaitAsync(cancellationToken);
    }

    /// <summary>Returns when the broker does not (or no longer) block this connection.</summary>
    public Task WhenUnblockedAsync(CancellationToken cancellationToken) => _alarm.WhenOverAsync(cancellationToken);

    /// <summary>Whoever watches it says that no answer comes over it any more.</summary>
    public void GiveUp(IConnection unanswered, TimeSpan after)
    {
        _standing.Unanswered(unanswered, after);
        _ = LeftBehind.Connection(unanswered, "no answer");
    }

    /// <summary>Whoever watches it says that its broker node is cut off from its cluster: it is left where another node answers.</summary>
    /// <param name="present">The connection over which something is not answered.</param>
    /// <param name="why">What, for the log.</param>
    /// <param name="ask">Asks for it; throws where there is no answer.</param>
    public Task LeaveForAnotherAsync(IConnection present, string why, Func<IConnection, CancellationToken, Task> ask) =>
        _link is { } link && link.Connection == present && present.IsOpen ? _nodeChange.TryAsync(link, why, ask, _stopping.Token) : Task.CompletedTask;

    /// <summary>Closes it; where the broker does not answer to that within 3 s, it is left behind.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _standing.Closed();
            _open.TrySetException(new ObjectDisposedException(nameof(BrokerConnection)));
            _ = _open.Task.Exception;
        }

        // Neither under the lock nor on this thread: closing begins on the thread that cancels.
        _ = _stopping.CancelAsync();
        if (_supervision is not null)
        {
            await _supervision.WaitAsync(BrokerCall.Leave + s_beyondLeaving, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TaskCompletionSource<IConnection> NewOpenSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Supervise()
    {
        if (_supervision is null)
        {
            _standing.Connecting();
            _supervision = Background.Run(SuperviseAsync);
        }
    }

    private async Task SuperviseAsync()
    {
        CancellationToken stopping = _stopping.Token;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await SuperviseConnectionsAsync(stopping).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Nothing may end the supervision while the program runs.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                ConnectionLog.SupervisionFailed(_logger, _role, exception);
                await Task.Delay(TimeSpan.FromSeconds(1), _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task SuperviseConnectionsAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            BrokerLink link;
            try
            {
                link = await _reconnect.ExecuteAsync(async token => await _connector.ConnectAsync(token).ConfigureAwait(false), stopping).ConfigureAwait(false);
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }

            TellOfServer(link, isFirst: _link is null);
            _link = link;
            _standing.Opened(link);
            _alarm.End(); // Should the former have told of one after its end.
            Task<ShutdownEventArgs> lost = WatchForEnd(link.Connection);
            ConnectionLog.Connected(_logger, _role, link.Description);
            _open.TrySetResult(link.Connection);
            try
            {
                OnLost(link, await lost.WaitAsync(stopping).ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                if (await BrokerLink.LeaveAsync(link.Connection, _time).ConfigureAwait(false) is { } failure)
                {
                    ConnectionLog.CloseFailed(_logger, _role, failure);
                }

                return;
            }
        }
    }

    private void TellOfServer(BrokerLink link, bool isFirst)
    {
        Server = new ServerAddress(link.Endpoint.Host.Name, link.Endpoint.Host.Port);
        if (!isFirst)
        {
            _reconnects?.Count(_role);
        }
    }

    private Task<ShutdownEventArgs> WatchForEnd(IConnection connection)
    {
        var lost = new TaskCompletionSource<ShutdownEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, reason) =>
        {
            lost.TrySetResult(reason);
            return Task.CompletedTask;
        };
        connection.ConnectionBlockedAsync += OnBlockedAsync;
        connection.ConnectionUnblockedAsync += OnUnblockedAsync;
        if (connection.CloseReason is { } already)
        {
            lost.TrySetResult(already);
        }

        return lost.Task;
    }

    private void OnLost(BrokerLink link, ShutdownEventArgs reason)
    {
        _connector.MarkFailed(link.Endpoint);
        ConnectionLog.Lost(_logger, _role, link.Description, reason.ReplyCode, reason.ReplyText);
        _standing.Lost(link, reason);
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _open = NewOpenSource();
            }
        }

        _alarm.End();
        _ = LeftBehind.Connection(link.Connection);
    }

    private void OnConnectFailed(Exception failure, TimeSpan pause)
    {
        string error = ExceptionText.MessageOf(failure);
        _standing.AttemptFailed(error);
        ConnectionLog.ConnectFailed(_logger, _role, error, pause.TotalSeconds);
    }

    private Task OnBlockedAsync(object sender, ConnectionBlockedEventArgs blocked)
    {
        if (sender != _link?.Connection)
        {
            // It comes late, of a connection that has been lost meanwhile.
            return Task.CompletedTask;
        }

        _alarm.Begin(blocked.Reason);
        _standing.Blocked(blocked.Reason);
        ConnectionLog.Blocked(_logger, _role, blocked.Reason);
        return Task.CompletedTask;
    }

    private Task OnUnblockedAsync(object sender, AsyncEventArgs args)
    {
        if (sender != _link?.Connection)
        {
            return Task.CompletedTask;
        }

        ConnectionLog.Unblocked(_logger, _role);
        _standing.Unblocked();
        _alarm.End();
        return Task.CompletedTask;
    }
}

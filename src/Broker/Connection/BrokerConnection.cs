using BrokerQueues.Broker.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// One connection that is always there or being re-established. The client's own recovery is off: it loses consumers
/// (rabbitmq-dotnet-client issue 1993), swallows errors of topology and does not see channels that close alone.
/// </summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    /// <summary>What the broker itself allows for a message; a smaller limit would close the connection at one large message, again and again.</summary>
    private const uint MaxInboundMessageBodySize = 512 * 1024 * 1024;

    private readonly ConnectionFactory _factory;
    private readonly ResiliencePipeline _reconnect;
    private readonly ConnectionRole _role;
    private readonly string _endpoint;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource<IConnection> _open = NewOpenSource();
    private volatile TaskCompletionSource? _unblocked;
    private volatile string? _blockedReason;
    private volatile string? _lastFailure;
    private Task? _supervision;

    public BrokerConnection(ConnectionRole role, IOptions<BrokerQueuesOptions> options, NodeIdentity node, TimeProvider time, ILoggerFactory loggers)
    {
        BrokerQueuesOptions settings = options.Value;
        _role = role;
        _time = time;
        _logger = loggers.CreateGuarded("BrokerQueues.Connection");
        _factory = new ConnectionFactory
        {
            Uri = settings.Uri,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = settings.Heartbeat,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(10),
            ClientProvidedName = $"{settings.ApplicationName} {node.NodeId} {role.ToString().ToLowerInvariant()}",
            MaxInboundMessageBodySize = MaxInboundMessageBodySize,
        };
        _endpoint = $"{_factory.Endpoint.HostName}:{_factory.Endpoint.Port}, virtual host '{_factory.VirtualHost}', user '{_factory.UserName}'";
        _reconnect = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(exception => !(exception is OperationCanceledException && _stopping.IsCancellationRequested)),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = settings.MaxReconnectDelay,
                OnRetry = OnReconnectFailed,
            })
            .Build();
    }

    /// <summary>Why the broker blocks this connection at present (an alarm); null when it does not.</summary>
    public string? BlockedReason => _blockedReason;

    /// <summary>What is known of the connection when a message was not confirmed, for error messages.</summary>
    public string Describe()
    {
        lock (_gate)
        {
            return _open.Task.IsCompletedSuccessfully
                ? $"the connection to {_endpoint} is open, but no answer comes over it"
                : _lastFailure ?? $"no connection yet to {_endpoint}";
        }
    }

    /// <summary>The open connection, as soon as there is one.</summary>
    public Task<IConnection> GetAsync(CancellationToken cancellationToken)
    {
        Task<IConnection> open;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            _supervision ??= Background.Run(SuperviseAsync);
            open = _open.Task;
        }

        return open.WaitAsync(cancellationToken);
    }

    /// <summary>Returns when the broker does not (or no longer) block this connection.</summary>
    public Task WhenUnblockedAsync(CancellationToken cancellationToken) =>
        _unblocked is { } unblocked ? unblocked.Task.WaitAsync(cancellationToken) : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _stopping.Cancel();
            _open.TrySetException(new ObjectDisposedException(nameof(BrokerConnection)));
            _ = _open.Task.Exception;
        }

        if (_supervision is not null)
        {
            await _supervision.ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private static TaskCompletionSource<IConnection> NewOpenSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

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
            IConnection connection;
            try
            {
                connection = await _reconnect.ExecuteAsync(OpenAsync, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

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

            ConnectionLog.Connected(_logger, _role, _endpoint);
            _open.TrySetResult(connection);

            try
            {
                ShutdownEventArgs reason = await lost.Task.WaitAsync(stopping).ConfigureAwait(false);
                _lastFailure = $"the connection to {_endpoint} was lost: {reason.ReplyCode} {reason.ReplyText}";
                ConnectionLog.Lost(_logger, _role, _endpoint, reason.ReplyCode, reason.ReplyText);
                lock (_gate)
                {
                    if (!stopping.IsCancellationRequested)
                    {
                        _open = NewOpenSource();
                    }
                }
            }
            catch (OperationCanceledException)
            {
                await CloseAsync(connection).ConfigureAwait(false);
                return;
            }

            Unblock();
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<IConnection> OpenAsync(CancellationToken cancellationToken)
    {
        IConnection connection = await _factory.CreateConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // The client calls a connection open before the broker has agreed to the virtual host; a round trip shows whether it
            // does. Without it a refused connection would be made again at once, a thousand times a second.
            IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task CloseAsync(IConnection connection)
    {
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);
            await connection.CloseAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is AlreadyClosedException or OperationCanceledException or IOException or TimeoutException)
        {
            ConnectionLog.CloseFailed(_logger, _role, exception.Message);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask OnReconnectFailed(OnRetryArguments<object> retry)
    {
        Exception exception = retry.Outcome.Exception!;
        _lastFailure = $"cannot connect to {_endpoint}: {Explain(exception)}";
        ConnectionLog.ConnectFailed(_logger, _role, _endpoint, Explain(exception), retry.RetryDelay.TotalSeconds);
        return ValueTask.CompletedTask;
    }

    private static string Explain(Exception exception)
    {
        Exception root = exception.GetBaseException();
        return root is AuthenticationFailureException or OperationInterruptedException
            ? $"the broker refused the user, the password or the virtual host ({root.Message})"
            : root.Message;
    }

    private Task OnBlockedAsync(object sender, ConnectionBlockedEventArgs blocked)
    {
        _blockedReason = blocked.Reason;
        _unblocked ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ConnectionLog.Blocked(_logger, _role, blocked.Reason);
        return Task.CompletedTask;
    }

    private Task OnUnblockedAsync(object sender, AsyncEventArgs args)
    {
        ConnectionLog.Unblocked(_logger, _role);
        Unblock();
        return Task.CompletedTask;
    }

    private void Unblock()
    {
        _blockedReason = null;
        TaskCompletionSource? unblocked = _unblocked;
        _unblocked = null;
        unblocked?.TrySetResult();
    }
}

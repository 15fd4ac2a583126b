using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging;
using Polly;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Consuming;

/// <summary>Keeps one queue consumed: subscribes, and subscribes again (with its topology) whenever a session ends.</summary>
internal sealed class QueueConsumer
{
    private const string ShuttingDown = "the node is shutting down";

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>A session that lived this long was healthy: the pause before the next starts small again.</summary>
    private static readonly TimeSpan s_healthyLifetime = TimeSpan.FromSeconds(10);

    private readonly BrokerConnection _connection;
    private readonly TopologyKeeper _topology;
    private readonly IDeliverySink _sink;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<bool> _resubscribe;
    private readonly QuorumWitness _witness;
    private readonly ConsumerState _state;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ConsumerSession? _session;
    private IConnection? _subscribedOn;
    private SessionEndKind? _endedBy;
    private DateTimeOffset? _awaySince;
    private Task _running = Task.CompletedTask;

    public QueueConsumer(
        SubscriptionSpec subscription, BrokerConnection connection, TopologyKeeper topology, IDeliverySink sink,
        TimeSpan heartbeat, TimeSpan maxPause, TimeProvider time, ILogger logger)
    {
        Subscription = subscription;
        _connection = connection;
        _topology = topology;
        _sink = sink;
        _time = time;
        _state = new ConsumerState(time);
        _logger = logger;
        _witness = new QuorumWitness(subscription.QueueName, heartbeat, time, logger);
        _resubscribe = Backoff.Create<bool>(s_firstPause, maxPause, time, (outcome, _) => IsFollowedByAnother(outcome), OnPause);
    }

    public SubscriptionSpec Subscription { get; }

    /// <summary>How it stands, for whoever asks.</summary>
    public ConsumerPicture State => _state.Picture;

    /// <summary>The session that delivers now; null between two.</summary>
    public ConsumerSession? Session => _session;

    /// <summary>Subscribes; returns when it consumes, however long the broker takes to appear, or when the sink stands aside for now.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="TopologyException">What stands on the broker differs.</exception>
    /// <exception cref="BrokerPermissionException">The account may not consume it.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Background.Run(RunAsync);
        return _started.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Subscribes no more once the present session has ended.</summary>
    public Task StopSubscribingAsync()
    {
        _state.Stopped(ShuttingDown, isError: false);
        return _stopping.CancelAsync();
    }

    /// <summary>Closes the present session and returns when consuming is over.</summary>
    public async Task CloseAsync()
    {
        await StopSubscribingAsync().ConfigureAwait(false);
        _session?.End(SessionEndKind.Closed, ShuttingDown);
        await _running.ConfigureAwait(false);
    }

    private bool IsFollowedByAnother(Outcome<bool> session) => session.Exception switch
    {
        null => session.Result && !_stopping.IsCancellationRequested,
        // The client says TaskCanceledException when the broker leaves a question unanswered for 20 s: only ours ends the consumer.
        OperationCanceledException when _stopping.IsCancellationRequested => false,
        { } failure => !StopsTheStart(failure),
    };

    private void OnPause(Exception? failure, TimeSpan pause)
    {
        if (failure is not null)
        {
            _state.Interrupted(ExceptionText.MessageOf(failure), isStarting: !_started.Task.IsCompleted);
            ConsumingLog.Failed(_logger, Subscription.QueueName, failure.Message, pause.TotalSeconds);
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _resubscribe.ExecuteAsync(RunSessionAsync, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception exception) when (StopsTheStart(exception))
            {
                Exception explained = Explain(exception);
                _state.Stopped(ExceptionText.MessageOf(explained), isError: true);
                _started.TrySetException(explained);
                return;
            }
        }

        _started.TrySetCanceled();
    }

    /// <summary>One session from its subscription to its end.</summary>
    /// <returns>Whether it failed soon after it began, so that the pause before the next grows.</returns>
    private async ValueTask<bool> RunSessionAsync(CancellationToken stopping)
    {
        await _sink.WhenReadyAsync(() => _started.TrySetResult(), stopping).ConfigureAwait(false);
        IConnection connection = await _connection.GetAsync(stopping).ConfigureAwait(false);
        ConsumerSession session;
        try
        {
            session = await SubscribeAsync(connection, stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (connection.IsOpen && exception is TimeoutException or OperationCanceledException && !stopping.IsCancellationRequested)
        {
            LeaveNodeThatIsCutOff(connection, $"it does not answer to a subscription to {Subscription.QueueName}");
            throw;
        }

        long began = _time.GetTimestamp();
        _session = session;
        if (stopping.IsCancellationRequested)
        {
            session.End(SessionEndKind.Closed, ShuttingDown);
        }

        if (_endedBy == SessionEndKind.Renewed)
        {
            ConsumingLog.Renewed(_logger, Subscription.QueueName, session.Prefetch);
        }
        else
        {
            ConsumingLog.Consuming(_logger, Subscription.QueueName, session.Prefetch);
        }

        _state.Consuming();
        TellWhatWasMissed();
        _started.TrySetResult();

        SessionEnd end = await UntilEndedAsync(session).ConfigureAwait(false);
        _session = null;
        _endedBy = end.Kind;
        TellOfEnd(end);
        await session.CloseAsync().ConfigureAwait(false);
        if (stopping.IsCancellationRequested || !end.IsFailure)
        {
            return false;
        }

        _awaySince = _time.GetUtcNow();
        ConsumingLog.Ended(_logger, Subscription.QueueName, end.Text);
        return _time.GetElapsedTime(began) < s_healthyLifetime;
    }

    /// <summary>Consumes at once; the topology is looked after only where there is a reason, and after a reconnect beside it.</summary>
    private async Task<ConsumerSession> SubscribeAsync(IConnection connection, CancellationToken stopping)
    {
        bool reconnected = _subscribedOn != connection;
        bool justEnsured = _subscribedOn is null && _topology.StartedOn == connection;
        if (!justEnsured)
        {
            if (Subscription.LivesWithConnection)
            {
                await _topology.DeclareOwnAsync(connection, Subscription.Topology, stopping).ConfigureAwait(false);
            }
            else if (!reconnected && TopologyKeeper.MayHaveLostBindings(connection, _endedBy == SessionEndKind.CanceledByBroker))
            {
                await _topology.RestoreAsync(connection, Subscription.Topology, BindingScope.All, stopping).ConfigureAwait(false);
            }
        }

        ConsumerSession session;
        try
        {
            session = await ConsumeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (BrokerErrors.ReplyCodeOf(exception) == Constants.NotFound)
        {
            await _topology.RestoreAsync(connection, Subscription.Topology, BindingScope.OfNew, stopping).ConfigureAwait(false);
            session = await ConsumeAsync().ConfigureAwait(false);
        }

        if (reconnected && !justEnsured)
        {
            _topology.CompareBeside(connection, Subscription.Topology);
        }

        _subscribedOn = connection;
        return session;

        Task<ConsumerSession> ConsumeAsync() => ConsumerSession.StartAsync(connection, Subscription, _sink, _time, _logger, stopping);
    }

    private async Task<SessionEnd> UntilEndedAsync(ConsumerSession session)
    {
        if (!Subscription.IsSingleActive)
        {
            return await session.Ended.ConfigureAwait(false);
        }

        // As long as the session, and not as the node consumes: what runs while it shuts down is watched too.
        using var over = new CancellationTokenSource();
        Task watching = Background.Run(async () =>
        {
            if (await _witness.WatchAsync(session, over.Token).ConfigureAwait(false))
            {
                LeaveNodeThatIsCutOff(session.Connection, $"over it no majority of {Subscription.QueueName} answers");
            }
        });
        SessionEnd end = await session.Ended.ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        return end;
    }

    /// <summary>
    /// Looks whether the queue answers over another broker node, and has the connection made there if so. Nobody waits for it. Not for a
    /// queue of this node alone.
    /// </summary>
    private void LeaveNodeThatIsCutOff(IConnection connection, string why)
    {
        if (!Subscription.IsOfNode && !_stopping.IsCancellationRequested)
        {
            _ = Background.Run(() => _connection.LeaveForAnotherAsync(connection, why, _witness.AskAsync));
        }
    }

    private void TellOfEnd(SessionEnd end)
    {
        if (end.IsFailure)
        {
            _state.Interrupted(end.Text, isStarting: false);
        }
        else if (end.Kind == SessionEndKind.StoodAside)
        {
            _state.StandsAside(end.Text);
        }
    }

    private void TellWhatWasMissed()
    {
        if (_awaySince is { } from && Subscription.LivesWithConnection)
        {
            ConsumingLog.BroadcastsMissed(_logger, Subscription.QueueName, from, _time.GetUtcNow());
        }

        _awaySince = null;
    }

    /// <summary>What no waiting will mend ends the start with its message; once the node has started, it is logged and tried again.</summary>
    private bool StopsTheStart(Exception exception) => !_started.Task.IsCompleted && (
        exception is TopologyException or BrokerPermissionException || BrokerErrors.ReplyCodeOf(exception) == Constants.AccessRefused);

    private Exception Explain(Exception exception) => BrokerErrors.ReplyTextOf(exception) is { } refusal
        ? _topology.Explain(refusal, exception, "read", "to consume it", Subscription.Topology)
        : exception;
}

using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Worker.Pipeline;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Running;

/// <summary>Runs the tasks of one queue on this node: takes deliveries from the consumer and hands each, through the gates, to a slot's execution.</summary>
internal sealed class QueueRunner : IDeliverySink
{
    private static readonly TimeSpan s_beforeItGoesBack = TimeSpan.FromSeconds(1);

    private readonly SubscriptionSpec _subscription;
    private readonly TaskPipeline _pipeline;
    private readonly FailedHandling _failed;
    private readonly DeliverySettler _settler;
    private readonly ExecutionTelemetry _telemetry;
    private readonly IQueueGate[] _gates;
    private readonly ReadAhead _readAhead;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _noMoreComes = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Of a queue that runs one task at a time in the cluster: held while it runs, so that no subscription begins beside a task of an older one.
    private readonly SemaphoreSlim? _one;
    private volatile bool _toldOfPolicy;

    public QueueRunner(
        SubscriptionSpec subscription, int maxConcurrency, TaskPipeline pipeline, FailedHandling failed, DeliverySettler settler, IReadOnlyList<IQueueGate> gates,
        ExecutionTelemetry telemetry, TimeProvider time, ILogger logger, Func<IDeliverySink, QueueConsumer> createConsumer)
    {
        _subscription = subscription;
        _pipeline = pipeline;
        _failed = failed;
        _settler = settler;
        _gates = [.. gates];
        _telemetry = telemetry;
        _readAhead = new ReadAhead(subscription);
        _time = time;
        _logger = logger;
        _one = subscription.IsSingleActive ? new SemaphoreSlim(1, 1) : null;
        Slots = new TaskSlots(maxConcurrency, ExecuteAsync, _stopping.Token);
        Consumer = createConsumer(this);
    }

    public QueueConsumer Consumer { get; }

    /// <summary>What waits and what runs; as many as the broker's prefetch lets in.</summary>
    public TaskSlots Slots { get; }

    /// <summary>Completes, once <see cref="StopTakingAsync"/> was called, when no task runs any more.</summary>
    public Task Finished => Slots.Drained;

    /// <summary>What its gates hold it back for; null where they do not.</summary>
    public QueueHold? Hold => Array.Find(_gates, gate => gate.Hold is not null)?.Hold;

    bool IDeliverySink.HasWaiting => Slots.HasWaiting;

    /// <inheritdoc cref="QueueConsumer.StartAsync"/>
    public Task StartAsync(CancellationToken cancellationToken) => Consumer.StartAsync(cancellationToken);

    /// <summary>Takes no more work: what has not started goes back, what runs goes on.</summary>
    public async Task StopTakingAsync(CancellationToken cancellationToken)
    {
        await Consumer.StopSubscribingAsync().ConfigureAwait(false);

        // Before the broker is asked for anything, which may take its time: what has not started by now does not start.
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            if (_subscription.CancelOnStop && Consumer.Session is { } session)
            {
                await session.CancelAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _noMoreComes.TrySetResult();
            Slots.Complete();
        }
    }

    /// <summary>Tells what runs that it no longer counts.</summary>
    public void Abort() => Consumer.Session?.Abort();

    /// <summary>Returns when no task is between its copy and its acknowledgement.</summary>
    public Task WhenNothingIsReplacedAsync() => _settler.WhenNothingIsReplacedAsync();

    /// <summary>Leaves the queue. What is still unsettled goes back to it, in order.</summary>
    public Task CloseAsync() => Consumer.CloseAsync();

    void IDeliverySink.Accept(Delivery delivery)
    {
        if (!Slots.TryAdd(delivery))
        {
            delivery.ReleaseBody();
        }
    }

    async Task IDeliverySink.WhenReadyAsync(Action standsAside, CancellationToken cancellationToken)
    {
        if (_one is not null)
        {
            await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
            _one.Release();
        }

        foreach (IQueueGate gate in _gates)
        {
            await gate.WhenOpenAsync(standsAside, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask ExecuteAsync(TaskExecution execution)
    {
        Delivery delivery = execution.Delivery;
        try
        {
            await TakeAsync(execution).ConfigureAwait(false);
            _failed.Handled(delivery);
        }
#pragma warning disable CA1031 // A slot must outlive whatever goes wrong with one delivery.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.HandlingFailed(_logger, _subscription.QueueId, exception);
            await RecoverAsync(delivery, exception).ConfigureAwait(false);
        }
        finally
        {
            delivery.ReleaseBody();
        }
    }

    private async ValueTask TakeAsync(TaskExecution execution)
    {
        if (_one is null)
        {
            await HandleAsync(execution).ConfigureAwait(false);
            return;
        }

        await _one.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await HandleAsync(execution).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    private async ValueTask HandleAsync(TaskExecution execution)
    {
        Delivery delivery = execution.Delivery;
        ConsumerSession session = delivery.Session;
        if (!session.IsOver && !_stopping.IsCancellationRequested)
        {
            await _readAhead.BeforeAsync(delivery, _stopping.Token).ConfigureAwait(false);
            if (!await PassGatesAsync(session).ConfigureAwait(false))
            {
                return;
            }
        }

        // Asked again: the broker may have taken its time to answer, and the session or the node have ended meanwhile.
        if (session.IsOver)
        {
            // The broker has given it to another consumer.
            return;
        }

        if (_stopping.IsCancellationRequested)
        {
            // Returned any earlier, it would come straight here again.
            await _noMoreComes.Task.ConfigureAwait(false);
            await _settler.ReturnAsync(delivery, "the node is shutting down", leaving: true).ConfigureAwait(false);
            return;
        }

        TellOfPolicy(delivery);
        _telemetry.Taken();
        await _pipeline.ExecuteAsync(execution).ConfigureAwait(false);
        if (execution.HasParked)
        {
            CloseGates(session);
        }
    }

    /// <summary>Once: one policy does the same to all tasks.</summary>
    private void TellOfPolicy(Delivery delivery)
    {
        if (!_toldOfPolicy && PolicyTrace.Read(delivery.Properties, _subscription.QueueName) is { } overruling)
        {
            _toldOfPolicy = true;
            ExecutionLog.PolicyOverrules(_logger, _subscription.QueueId, overruling);
        }
    }

    private async ValueTask<bool> PassGatesAsync(ConsumerSession session)
    {
        foreach (IQueueGate gate in _gates)
        {
            switch (await gate.MayStartAsync(session, _stopping.Token).ConfigureAwait(false))
            {
                case GateAnswer.Closed:
                    DeliverySettler.StandAside(session, "the queue is not to be consumed for now");
                    return false;
                case GateAnswer.Unknown:
                    DeliverySettler.GiveUpSession(session, "it could not be found out whether the queue may be consumed");
                    return false;
            }
        }

        return true;
    }

    /// <summary>After a task has been parked, on a queue that halts then.</summary>
    private void CloseGates(ConsumerSession session)
    {
        bool closed = false;
        foreach (IQueueGate gate in _gates)
        {
            closed |= gate.ClosesAsTaskIsParked();
        }

        if (closed)
        {
            DeliverySettler.StandAside(session, "a task was parked, and the queue halts then");
        }
    }

    private async Task RecoverAsync(Delivery delivery, Exception failure)
    {
        if (delivery.Session.IsOver)
        {
            return;
        }

        try
        {
            if (!_failed.MayGoBack(delivery) && await _failed.GiveUpAsync(delivery, failure).ConfigureAwait(false))
            {
                CloseGates(delivery.Session);
                return;
            }

            // Not at once: what failed here will as a rule fail again.
            await Task.Delay(s_beforeItGoesBack, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _settler.ReturnFailedAsync(delivery).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The closed channel returns it, whatever this was.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.HandlingFailed(_logger, _subscription.QueueId, exception);
            DeliverySettler.GiveUpSession(delivery.Session, "a delivery could not be handled");
        }
    }
}

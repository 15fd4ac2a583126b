using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace BrokerQueues.Worker.Execution;

/// <summary>Runs the tasks of one queue on this node: takes deliveries from the consumer and hands each to one of its executors.</summary>
internal sealed class QueueRunner : IDeliverySink
{
    private static readonly TimeSpan s_haltPoll = TimeSpan.FromSeconds(2);

    private readonly QueueDefinition _queue;
    private readonly DeliveryHandler _handler;
    private readonly Settler _settler;
    private readonly HaltGate? _gate;
    private readonly ReadAhead _readAhead;
    private readonly FailedHandling _failed;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // As many as the broker's prefetch lets in.
    private readonly DeliveryBuffer _deliveries;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _noMoreComes = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Sequential: held while a task runs, so that no subscription begins beside a task of an older one.
    private readonly SemaphoreSlim? _running;
    private ConsumerSession? _foundOpenIn;
    private volatile bool _toldOfPolicy;

    public QueueRunner(
        QueueDefinition queue, DeliveryHandler handler, FailedHandling failed, Settler settler, HaltGate? gate, TimeProvider time, ILogger logger,
        Func<IDeliverySink, QueueConsumer> createConsumer)
    {
        _queue = queue;
        _handler = handler;
        _failed = failed;
        _settler = settler;
        _gate = gate;
        _time = time;
        _logger = logger;
        _running = queue.Behavior == TaskQueueBehavior.Sequential ? new SemaphoreSlim(1, 1) : null;
        _deliveries = new DeliveryBuffer(queue.MaxConcurrency, ExecuteAsync);
        Consumer = createConsumer(this);
        _readAhead = new ReadAhead(queue);
    }

    public QueueConsumer Consumer { get; }

    /// <summary>Completes, once <see cref="StopTakingAsync"/> was called, when no task runs any more.</summary>
    public Task Finished => _deliveries.Drained;

    bool IDeliverySink.HasWaiting => _deliveries.HasWaiting;

    public Task StartAsync(IConnection declaredOn, CancellationToken cancellationToken) => Consumer.StartAsync(declaredOn, cancellationToken);

    /// <summary>Takes no more work: what has not started goes back, what runs goes on.</summary>
    public async Task StopTakingAsync(CancellationToken cancellationToken)
    {
        await Consumer.StopSubscribingAsync().ConfigureAwait(false);

        // Before the broker is asked for anything, which may take its time: what has not started by now does not start.
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            // Not for a sequential queue: cancelling a single active consumer that holds unsettled tasks starts the next node beside this one.
            if (_queue.Behavior != TaskQueueBehavior.Sequential && Consumer.Session is { } session)
            {
                await session.CancelAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _noMoreComes.TrySetResult();
            _deliveries.Complete();
        }
    }

    /// <summary>Tells what runs that it no longer counts.</summary>
    public void Abort() => Consumer.Session?.Abort();

    /// <summary>Leaves the queue. What is still unsettled goes back to it, in order.</summary>
    public Task CloseAsync() => Consumer.CloseAsync();

    void IDeliverySink.Accept(Delivery delivery)
    {
        if (!_deliveries.TryAdd(delivery))
        {
            delivery.ReleaseBody();
        }
    }

    async Task IDeliverySink.WhenReadyAsync(Action standsAside, CancellationToken cancellationToken)
    {
        if (_running is not null)
        {
            await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
            _running.Release();
        }

        if (_gate is not null)
        {
            await _gate.WhenOpenAsync(s_haltPoll, standsAside, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask ExecuteAsync(Delivery delivery)
    {
        try
        {
            await TakeAsync(delivery).ConfigureAwait(false);
            _failed.Handled(delivery);
        }
#pragma warning disable CA1031 // An executor must outlive whatever goes wrong with one delivery.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.HandlingFailed(_logger, _queue.QueueId, exception);
            await RecoverAsync(delivery, exception).ConfigureAwait(false);
        }
        finally
        {
            delivery.ReleaseBody();
        }
    }

    private async ValueTask TakeAsync(Delivery delivery)
    {
        if (_running is null)
        {
            await HandleAsync(delivery).ConfigureAwait(false);
            return;
        }

        await _running.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await HandleAsync(delivery).ConfigureAwait(false);
        }
        finally
        {
            _running.Release();
        }
    }

    private async ValueTask HandleAsync(Delivery delivery)
    {
        if (delivery.Session.IsOver)
        {
            // Its session ended while it waited here; the broker has given it to another consumer.
            return;
        }

        if (_stopping.IsCancellationRequested)
        {
            await LeaveAsync(delivery).ConfigureAwait(false);
            return;
        }

        ConsumerSession session = delivery.Session;
        await _readAhead.BeforeAsync(delivery, _stopping.Token).ConfigureAwait(false);

        // While this node is the active one, tasks are parked only by it; what another has parked shows when a session begins.
        if (_gate is not null && _foundOpenIn != session && !await PassGateAsync(session).ConfigureAwait(false))
        {
            return;
        }

        // Asked again: the broker may have taken its time to answer, and the session or the node have ended meanwhile.
        if (session.IsOver)
        {
            return;
        }

        if (_stopping.IsCancellationRequested)
        {
            await LeaveAsync(delivery).ConfigureAwait(false);
            return;
        }

        TellOfPolicy(delivery);
        bool parked = await _handler.HandleAsync(delivery, _stopping.Token).ConfigureAwait(false);
        if (parked)
        {
            Halt(session);
        }
    }

    /// <summary>Once: one policy does the same to all tasks.</summary>
    private void TellOfPolicy(Delivery delivery)
    {
        if (!_toldOfPolicy && PolicyTrace.Read(delivery.Properties, Consumer.Subscription.QueueName) is { } overruling)
        {
            _toldOfPolicy = true;
            ExecutionLog.PolicyOverrules(_logger, _queue.QueueId, overruling);
        }
    }

    private async ValueTask<bool> PassGateAsync(ConsumerSession session)
    {
        switch (await _gate!.CheckAsync(_stopping.Token).ConfigureAwait(false))
        {
            case true:
                _foundOpenIn = session;
                return true;
            case false:
                session.StandAside();
                return false;
            default:
                session.End("it could not be found out whether the queue is halted");
                return false;
        }
    }

    /// <summary>After a task has been parked, on a queue that halts then.</summary>
    private void Halt(ConsumerSession session)
    {
        if (_gate is not null)
        {
            _gate.Halt(count: 1);
            session.StandAside();
        }
    }

    /// <summary>Leaves a delivery that has not started, as the node is shutting down.</summary>
    private async ValueTask LeaveAsync(Delivery delivery)
    {
        // Given back any earlier, it would come straight here again.
        await _noMoreComes.Task.ConfigureAwait(false);
        switch (_queue.Behavior)
        {
            case TaskQueueBehavior.Concurrent:
                await _settler.PutBackAsync(delivery, _queue).ConfigureAwait(false);
                break;
            case TaskQueueBehavior.Broadcast:
                await delivery.Session.ReturnAsync(delivery).ConfigureAwait(false);
                break;
            default:
                // Left as it is: the channel closes, and all goes back in order.
                break;
        }
    }

    private async Task RecoverAsync(Delivery delivery, Exception failure)
    {
        try
        {
            if (delivery.Session.IsOver)
            {
                return;
            }

            if (!_failed.MayGoBack(delivery) && await _failed.GiveUpAsync(delivery, failure).ConfigureAwait(false))
            {
                Halt(delivery.Session);
                return;
            }

            // Not at once: what failed here will as a rule fail again.
            await Task.Delay(TimeSpan.FromSeconds(1), _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_queue.Behavior != TaskQueueBehavior.Sequential && await delivery.Session.ReturnAsync(delivery).ConfigureAwait(false))
            {
                return;
            }
        }
#pragma warning disable CA1031 // The closed channel below returns it, whatever this was.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.HandlingFailed(_logger, _queue.QueueId, exception);
        }

        // In a sequential queue a nack would let later tasks overtake; and what failed while it was being settled may be unsettled
        // for good. A closed channel returns it.
        delivery.Session.End("a delivery could not be handled");
    }
}

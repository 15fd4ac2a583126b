using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Settlement;

/// <summary>
/// The one place where deliveries are settled. Where a task goes on elsewhere, its copy is published and confirmed before
/// the original is acknowledged: a crash in between leaves two, never none.
/// </summary>
internal sealed class Settler
{
    /// <summary>How often a copy that the broker refuses outright is tried before the broker is left to dead-letter the original.</summary>
    private const int MaxRefusals = 3;

    private readonly ConfirmingPublisher _publisher;
    private readonly BrokerConnections _connections;
    private readonly TopologyKeeper _topology;
    private readonly BrokerNames _names;
    private readonly NodeIdentity _node;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _copying;
    private readonly Lock _gate = new();
    private int _replacing;
    private TaskCompletionSource? _idle;

    public Settler(
        ConfirmingPublisher publisher, BrokerConnections connections, TopologyKeeper topology, BrokerNames names, NodeIdentity node,
        IOptions<BrokerQueuesOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        _publisher = publisher;
        _connections = connections;
        _topology = topology;
        _names = names;
        _node = node;
        _time = time;
        _logger = loggers.CreateGuarded("BrokerQueues.Queue");
        _copying = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } exception && exception is not (OperationCanceledException or ObjectDisposedException) &&
                    (!IsRefusal(exception) || args.AttemptNumber < MaxRefusals)),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = options.Value.MaxReconnectDelay,
                OnRetry = args =>
                {
                    SettlementLog.CopyFailed(_logger, ExceptionText.MessageOf(args.Outcome.Exception!), args.RetryDelay.TotalSeconds);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>Acknowledges: the task is done with.</summary>
    public static ValueTask<bool> AcknowledgeAsync(Delivery delivery) => delivery.Session.AckAsync(delivery);

    /// <summary>Has the task tried again later: its copy goes through the delay ladder.</summary>
    public Task<Replacement> RequeueAsync(Delivery delivery, TaskMessage task, QueueDefinition queue, int attempt, int aborts, TimeSpan delay)
    {
        string queueName = _names.Queue(queue.QueueId);
        (string exchange, string routingKey) = DelayLadder.Route(delay, queueName, _names);
        BasicProperties properties = MessageCopy.ForRequeue(task.Properties, task.TaskId, attempt, task.Redrives, aborts);
        return ReplaceAsync(delivery, new OutboundMessage(exchange, routingKey, Mandatory: true, properties, delivery.Body.ToArray(), task.TaskId, queue.QueueId), queue);
    }

    /// <summary>Parks the task, with its reason in the headers, where an operator looks.</summary>
    public Task<Replacement> ParkAsync(Delivery delivery, TaskId taskId, QueueDefinition queue, ParkingQueue parking, FailureDetails failure)
    {
        string routingKey = parking switch
        {
            ParkingQueue.Failed => _names.Failed(queue.QueueId),
            ParkingQueue.Fatal => _names.Fatal(queue.QueueId),
            _ => _names.Incompatible(queue.QueueId),
        };
        BasicProperties properties = MessageCopy.ForParking(delivery.Properties, taskId, failure, queue.QueueId, _node.NodeId, _time.GetUtcNow());
        return ReplaceAsync(
            delivery, new OutboundMessage(_names.Queue(queue.QueueId), routingKey, Mandatory: true, properties, delivery.Body.ToArray(), taskId, queue.QueueId), queue);
    }

    /// <summary>
    /// Puts a task of a concurrent queue back unharmed. Each return counts towards the queue's delivery limit (on 4.3 not a
    /// nack, on 3.10 to 4.2 that too), so one that has come back a few times is replaced by a copy with a fresh count.
    /// </summary>
    public Task PutBackAsync(Delivery delivery, QueueDefinition queue)
    {
        int worthRefreshing = Math.Min(5, Math.Max(1, queue.DeliveryLimit / 2));
        if (delivery.ReturnCount < worthRefreshing || TaskMessage.TryRead(delivery.Properties, _names.Queue(queue.QueueId), out TaskMessage? task) is not null || task is null)
        {
            return delivery.Session.ReturnAsync(delivery).AsTask();
        }

        string queueName = _names.Queue(queue.QueueId);
        BasicProperties properties = MessageCopy.ForRequeue(task.Properties, task.TaskId, task.Attempt, task.Redrives, task.Aborts);
        return ReplaceAsync(delivery, new OutboundMessage(queueName, queueName, Mandatory: true, properties, delivery.Body.ToArray(), task.TaskId, queue.QueueId), queue);
    }

    /// <summary>Returns when no task is between its copy and its acknowledgement: cut off there it would run twice.</summary>
    public Task WhenNothingIsReplacedAsync()
    {
        lock (_gate)
        {
            return _replacing == 0 ? Task.CompletedTask : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private async Task<Replacement> ReplaceAsync(Delivery delivery, OutboundMessage copy, QueueDefinition queue)
    {
        lock (_gate)
        {
            _replacing++;
        }

        try
        {
            return await PublishThenAcknowledgeAsync(delivery, copy, queue).ConfigureAwait(false);
        }
        finally
        {
            TaskCompletionSource? idle = null;
            lock (_gate)
            {
                if (--_replacing == 0)
                {
                    (idle, _idle) = (_idle, null);
                }
            }

            idle?.TrySetResult();
        }
    }

    private async Task<Replacement> PublishThenAcknowledgeAsync(Delivery delivery, OutboundMessage copy, QueueDefinition queue)
    {
        try
        {
            await _copying.ExecuteAsync(token => PublishCopyAsync(copy, queue, token), delivery.Session.Lost).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The session is gone, or the program is shutting down: unsettled, the original goes to another consumer.
            return Replacement.Unsettled;
        }
        catch (TaskPublishException exception)
        {
            SettlementLog.CopyRefused(_logger, copy.TaskId, copy.QueueId, exception.Message);
            return await delivery.Session.RejectAsync(delivery).ConfigureAwait(false) ? Replacement.DeadLettered : Replacement.Unsettled;
        }

        return await delivery.Session.AckAsync(delivery).ConfigureAwait(false) ? Replacement.Done : Replacement.Unsettled;
    }

    private async ValueTask PublishCopyAsync(OutboundMessage copy, QueueDefinition queue, CancellationToken cancellationToken)
    {
        try
        {
            await _publisher.PublishAsync(copy, cancellationToken).ConfigureAwait(false);
        }
        catch (TaskQueueNotFoundException)
        {
            // The place it goes to is gone: declare it again, and let the retry find it.
            SettlementLog.TargetMissing(_logger, copy.RoutingKey, copy.QueueId);
            await RepairAsync(queue, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task RepairAsync(QueueDefinition queue, CancellationToken cancellationToken)
    {
        try
        {
            // Not over the consuming connection: a broker that cannot write its metadata closes it, and with it every running task.
            IConnection connection = await _connections.Publishing.GetAsync(cancellationToken).ConfigureAwait(false);
            await _topology.RestoreAsync(connection, [TaskQueueTopology.Shared(queue, _names)], BindingScope.All, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the copy is tried again and repairs again.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            SettlementLog.RepairFailed(_logger, queue.QueueId, ExceptionText.MessageOf(exception));
        }
    }

    /// <summary>The broker or the client will not take this message, however often it is sent. (A full or a missing queue can be mended.)</summary>
    private static bool IsRefusal(Exception exception) => exception.GetType() == typeof(TaskPublishException);
}

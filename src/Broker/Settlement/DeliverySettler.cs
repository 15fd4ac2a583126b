using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Settlement;

/// <summary>
/// The one class that settles the deliveries of a queue, and that ends a session on behalf of a task. Where a task goes on elsewhere, its
/// copy is published and confirmed before the original is acknowledged: a crash in between leaves two, never none.
/// </summary>
internal sealed class DeliverySettler(SubscriptionSpec subscription, CopyPublisher copies, BrokerNames names, NodeIdentity node, ParkingCounter parked, TimeProvider time)
{
    /// <summary>After so many returns a copy with a fresh count is worth a publish.</summary>
    private const int ReturnsWorthACopy = 5;

    private readonly Lock _gate = new();
    private readonly string _queueName = names.Queue(subscription.QueueId);
    private int _replacing;
    private TaskCompletionSource? _idle;

    /// <summary>Acknowledges: the task is done with.</summary>
    /// <returns>Whether it is settled.</returns>
    public static ValueTask<bool> AcknowledgeAsync(Delivery delivery) => delivery.Session.AckAsync(delivery);

    /// <summary>Has the task tried again later: its copy goes through the delay ladder.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="task">The task that it is.</param>
    /// <param name="attempt">The number of the next attempt.</param>
    /// <param name="aborts">How often a processor has put it back.</param>
    /// <param name="delay">More than zero.</param>
    public Task<Replacement> RequeueAsync(Delivery delivery, TaskMessage task, int attempt, int aborts, TimeSpan delay)
    {
        (string exchange, string routingKey) = DelayLadder.Route(delay, _queueName, names);
        return ReplaceAsync(delivery, task.TaskId, exchange, routingKey, MessageCopy.ForRequeue(task.Properties, task.TaskId, attempt, task.Redrives, aborts));
    }

    /// <summary>Parks the task, with its reason in the headers, where an operator looks.</summary>
    public async Task<Replacement> ParkAsync(Delivery delivery, TaskId taskId, ParkingQueue parking, FailureDetails failure)
    {
        Replacement replacement = await ReplaceAsync(
            delivery, taskId, _queueName, names.Parking(subscription.QueueId, parking),
            MessageCopy.ForParking(delivery.Properties, taskId, failure, subscription.QueueId, node.NodeId, time.GetUtcNow())).ConfigureAwait(false);
        if (replacement == Replacement.Done)
        {
            parked.Count(_queueName, parking);
        }

        return replacement;
    }

    /// <summary>Has the broker dead-letter the message: what can be neither handled nor parked with its reason.</summary>
    /// <returns>Whether it is settled.</returns>
    public async ValueTask<bool> RejectAsync(Delivery delivery)
    {
        bool isSettled = await delivery.Session.RejectAsync(delivery).ConfigureAwait(false);
        if (isSettled)
        {
            parked.Count(_queueName, ParkingQueue.Failed);
        }

        return isSettled;
    }

    /// <summary>Gives a task back to its queue unharmed, in the way that keeps the queue's order.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="why">The reason, where the channel has to be closed for it.</param>
    /// <param name="leaving">Whether the node is leaving the queue: a channel that would have to be closed for it is then about to close anyway.</param>
    public async Task ReturnAsync(Delivery delivery, string why, bool leaving)
    {
        if (subscription.Return == ReturnMode.CloseChannel)
        {
            if (!leaving)
            {
                delivery.Session.End(SessionEndKind.Returned, why);
            }
        }

        // Each return counts towards the queue's delivery limit (on 4.3 not a nack, on 3.10 to 4.2 that too).
        else if (subscription.Return == ReturnMode.NackOrFreshCopy &&
            delivery.ReturnCount >= Math.Min(ReturnsWorthACopy, Math.Max(1, subscription.DeliveryLimit / 2)) &&
            TaskMessage.TryRead(delivery.Properties, _queueName, out TaskMessage? task) is null)
        {
            BasicProperties properties = MessageCopy.ForRequeue(task!.Properties, task.TaskId, task.Attempt, task.Redrives, task.Aborts);
            await ReplaceAsync(delivery, task.TaskId, _queueName, _queueName, properties).ConfigureAwait(false);
        }
        else
        {
            await delivery.Session.NackAsync(delivery).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Returns a delivery that could not be handled, with the count of its returns: that is a bound on how often it comes again. What failed
    /// while it was being settled may be unsettled for good; a closed channel returns it.
    /// </summary>
    public async Task ReturnFailedAsync(Delivery delivery)
    {
        if (subscription.Return == ReturnMode.CloseChannel || !await delivery.Session.NackAsync(delivery).ConfigureAwait(false))
        {
            GiveUpSession(delivery.Session, "a delivery could not be handled");
        }
    }

    /// <summary>Ends the session of a delivery that can be settled no other way.</summary>
    public static void GiveUpSession(ConsumerSession session, string why) => session.End(SessionEndKind.Returned, why);

    /// <summary>Ends the session of a queue that is not to be consumed for now. What it was handed goes back.</summary>
    public static void StandAside(ConsumerSession session, string why) => session.End(SessionEndKind.StoodAside, why);

    /// <summary>Returns when no task is between its copy and its acknowledgement: cut off there it would run twice.</summary>
    public Task WhenNothingIsReplacedAsync()
    {
        lock (_gate)
        {
            return _replacing == 0 ? Task.CompletedTask : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private async Task<Replacement> ReplaceAsync(Delivery delivery, TaskId taskId, string exchange, string routingKey, BasicProperties properties)
    {
        var copy = new OutboundMessage(exchange, routingKey, Mandatory: true, properties, delivery.Body.ToArray());
        lock (_gate)
        {
            _replacing++;
        }

        try
        {
            return await copies.PublishAsync(copy, taskId, subscription.QueueId, subscription.Topology, delivery.Session.Lost).ConfigureAwait(false) switch
            {
                CopyFate.Confirmed when await delivery.Session.AckAsync(delivery).ConfigureAwait(false) => Replacement.Done,
                CopyFate.Refused when await RejectAsync(delivery).ConfigureAwait(false) => Replacement.DeadLettered,
                _ => Replacement.Unsettled,
            };
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
}

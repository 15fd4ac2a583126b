using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// Publishes that the broker took and handed to no queue. It does not say whether the queue or only its binding is missing, so that is asked
/// before the callers are told: a queue that was made again by hand stands there and gets nothing.
/// </summary>
internal sealed class UnroutablePublishes(BrokerConnection connection, TimeProvider time, CancellationToken stopping)
{
    private readonly Lock _gate = new();
    private List<PendingPublish> _waiting = [];
    private bool _isLooking;

    /// <summary>Fails it, in a moment. Called by the client's read loop, which it does not hold up.</summary>
    public void Add(PendingPublish publish)
    {
        // It is not sent again.
        publish.DropContent();
        lock (_gate)
        {
            _waiting.Add(publish);
            if (_isLooking)
            {
                return;
            }

            _isLooking = true;
        }

        _ = Background.Run(LookAsync);
    }

    private async Task LookAsync()
    {
        while (true)
        {
            List<PendingPublish> together;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _isLooking = false;
                    return;
                }

                together = _waiting;
                _waiting = [];
            }

            bool answers = true;
            foreach (IGrouping<string, PendingPublish> same in together.GroupBy(publish => publish.Message.RoutingKey, StringComparer.Ordinal))
            {
                bool? stands = answers ? await StandsAsync(same.Key).ConfigureAwait(false) : null;
                answers = stands is not null;
                foreach (PendingPublish publish in same)
                {
                    publish.Fail(Unroutable(publish.Message, stands == true));
                }
            }
        }
    }

    /// <summary>Whether there is a queue of that name; null where that is not to be found out within a few seconds.</summary>
    private async Task<bool?> StandsAsync(string queueName)
    {
        try
        {
            using var over = new CancellationTokenSource(BrokerCall.Leave, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, stopping);
            return await PassiveLook.ExistsAsync(
                connection, $"looking for queue '{queueName}'", (channel, token) => channel.QueueDeclarePassiveAsync(queueName, token), time, either.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the callers are still to be told of their publishes.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    private static TaskQueueNotFoundException Unroutable(OutboundMessage message, bool stands)
    {
        if (message.AlsoRequiredExchange is not null)
        {
            return new TaskQueueNotFoundException(
                message.TaskId, message.QueueId,
                $"no queue for delays is bound to exchange '{message.Exchange}'. Start or restart a worker: it declares and binds them at its start.");
        }

        return stands
            ? new TaskQueueNotFoundException(
                message.TaskId, message.QueueId,
                $"queue '{message.RoutingKey}' stands on the broker, but has no binding to exchange '{message.Exchange}' with routing key '{message.RoutingKey}', " +
                "as where it was made again by hand. Bind it so (management UI: the queue's page, 'Add binding to this queue'), or restart a worker of this queue, which binds it at its start.")
            : new TaskQueueNotFoundException(message.TaskId, message.QueueId);
    }
}

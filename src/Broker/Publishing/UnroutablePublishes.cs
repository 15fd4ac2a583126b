using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// Publishes that the broker took and handed to no queue. It does not say whether the queue or only its binding is missing, so that is asked
/// before the callers are told: a queue that was made again by hand stands there and gets nothing.
/// </summary>
internal sealed class UnroutablePublishes(BrokerConnection connection, BrokerNames names, TimeProvider time, CancellationToken stopping)
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
            foreach (IGrouping<string?, PendingPublish> same in together.GroupBy(QueueOf, StringComparer.Ordinal))
            {
                bool? stands = answers && same.Key is { } queueName ? await StandsAsync(queueName).ConfigureAwait(false) : null;
                answers = stands is not null || same.Key is null;
                foreach (PendingPublish publish in same)
                {
                    if (stands == true)
                    {
                        publish.Fail(PublishFailure.BindingMissing, $"queue '{same.Key}' stands on the broker, but has no binding to the exchange with this routing key");
                    }
                    else
                    {
                        publish.Fail(PublishFailure.Unroutable, "no queue is bound to the exchange with this routing key");
                    }
                }
            }
        }
    }

    /// <summary>The queue it should have reached, which its routing key names; null at the delay ladder, whose keys name none and which says all by its exchange.</summary>
    private string? QueueOf(PendingPublish publish) => names.IsDelayLevel(publish.Message.Exchange) ? null : publish.Message.RoutingKey;

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
}

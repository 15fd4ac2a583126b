using System.Globalization;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Pipeline;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Running;

/// <summary>
/// Puts a bound to deliveries that cannot be handled at all: not what a processor does, which has a result, but what fails around it.
/// They go back a few times, and are then parked with the reason. The broker is no bound: 4.3 does not count what is returned by a nack.
/// </summary>
internal sealed class FailedHandling(SubscriptionSpec subscription, BrokerNames names, DeliverySettler settler, ILogger logger)
{
    /// <summary>So often one is handled in vain by this process before it is parked.</summary>
    private const int MaxFailures = 5;

    /// <summary>
    /// How many are remembered; past it the one that failed longest ago is forgotten. What goes back comes again before anything else, so at
    /// most a prefetch of them goes round.
    /// </summary>
    private readonly int _maxRemembered = Math.Max(1000, 2 * subscription.Prefetch);

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private volatile bool _any;

    /// <summary>Counts a failure. True where the delivery may go back to its queue once more.</summary>
    public bool MayGoBack(Delivery delivery)
    {
        string key = KeyOf(delivery);
        int failures;
        lock (_gate)
        {
            _failures.Remove(key, out failures);
            if (_failures.Count >= _maxRemembered)
            {
                _failures.RemoveAt(0);
            }

            _failures.Add(key, ++failures);
            _any = true;
        }

        // Half of the broker's own limit, which would park it without a reason, is left for other misfortunes.
        return failures < MaxFailures && delivery.ReturnCount + 1 < Math.Max(1, subscription.DeliveryLimit / 2);
    }

    /// <summary>Forgets a delivery that has been handled after all.</summary>
    public void Handled(Delivery delivery)
    {
        if (!_any)
        {
            return;
        }

        lock (_gate)
        {
            _failures.Remove(KeyOf(delivery));
            _any = _failures.Count > 0;
        }
    }

    /// <summary>Parks what cannot be handled, with the reason; where that fails too, the broker dead-letters it without one.</summary>
    /// <returns>Whether it is settled.</returns>
    public async Task<bool> GiveUpAsync(Delivery delivery, Exception failure)
    {
        TaskId taskId = TaskMessage.ReadId(delivery.Properties) ?? TaskId.New();
        string taskType = delivery.Properties.Type ?? "";
        if (subscription.IsOfNode)
        {
            // A broadcast has no parking queues.
            ExecutionLog.BroadcastFailed(logger, taskId, subscription.QueueId, taskType, nameof(TaskProcessingJobResult.Fail), "It could not be handled.", failure);
            return await DeliverySettler.AcknowledgeAsync(delivery).ConfigureAwait(false);
        }

        try
        {
            long attempt = TaskHeaders.ReadInteger(delivery.Properties.Headers, TaskHeaders.Attempt) ?? 1;
            long redrives = TaskHeaders.ReadInteger(delivery.Properties.Headers, TaskHeaders.Redrives) ?? 0;
            var details = new FailureDetails(
                nameof(TaskProcessingJobResult.Fail), ExceptionText.TypeOf(failure),
                $"The worker could not handle this task, several times over: {ExceptionText.MessageOf(failure)} What its processor did is not known. Mend the cause, then move the task back.",
                ExceptionText.DescriptionOf(failure), Clamp(attempt), Clamp(redrives));
            Replacement parked = await settler.ParkAsync(delivery, taskId, ParkingQueue.Failed, details).ConfigureAwait(false);
            if (parked != Replacement.Unsettled)
            {
                ExecutionLog.Parked(logger, taskId, subscription.QueueId, taskType, Clamp(attempt), details.Result, names.Failed(subscription.QueueId), "It could not be handled.", failure);
                Handled(delivery);
            }

            return parked != Replacement.Unsettled;
        }
#pragma warning disable CA1031 // Whatever keeps it from being parked, it must not come back for ever.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.NotParked(logger, taskId, subscription.QueueId, taskType, exception);
            return await settler.RejectAsync(delivery).ConfigureAwait(false);
        }
    }

    private static int Clamp(long count) => (int)Math.Clamp(count, 0, int.MaxValue);

    /// <summary>The id of the task; of one without, what it says.</summary>
    private static string KeyOf(Delivery delivery)
    {
        if (delivery.Properties.MessageId is { Length: > 0 } id)
        {
            return id;
        }

        var hash = default(HashCode);
        hash.AddBytes(delivery.Body.Span);
        return string.Create(CultureInfo.InvariantCulture, $"{delivery.Properties.Type}/{delivery.Body.Length}/{hash.ToHashCode()}");
    }
}

using BrokerQueues.Broker.Telemetry;

namespace BrokerQueues.Broker.Publishing;

/// <summary>What is told of publisher confirms, for tasks and the copies of tasks alike.</summary>
internal sealed class ConfirmTelemetry(TelemetryMeter meter, TimeProvider time)
{
    private readonly GuardedHistogram _duration = meter.CreateHistogram(
        "brokerqueues.publisher.confirm.duration", "How long the broker took to confirm or refuse a message that was sent.",
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]);

    /// <summary>A clock for one publish; null where nobody asks.</summary>
    public ConfirmClock? CreateClock() => _duration.IsEnabled ? new ConfirmClock(time) : null;

    public void Record(ConfirmClock clock)
    {
        if (clock.Elapsed is { } elapsed)
        {
            _duration.Record(elapsed, default);
        }
    }

    /// <summary>Has it read how many messages are sent and not answered yet, whenever somebody collects.</summary>
    public void Observe(Func<long> outstanding) => meter.Observe(
        "brokerqueues.publisher.outstanding_confirms", "{message}", "Messages that are sent and that the broker has neither confirmed nor refused yet.",
        () => [new(outstanding())]);
}

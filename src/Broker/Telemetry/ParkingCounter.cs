using System.Diagnostics;
using BrokerQueues.Broker.Settlement;

namespace BrokerQueues.Broker.Telemetry;

/// <summary>Counts tasks that were parked by this node. What the broker dead-letters by itself, past the delivery limit, no node sees.</summary>
internal sealed class ParkingCounter(TelemetryMeter meter)
{
    private readonly GuardedCounter _parked = meter.CreateCounter("brokerqueues.tasks.parked", "{task}", "Tasks that were moved to a parking queue.");

    public void Count(string queueName, ParkingQueue parking)
    {
        if (_parked.IsEnabled)
        {
            TagList tags = TelemetryAttributes.Of(queueName);
            tags.Add(TelemetryAttributes.Parking, parking switch
            {
                ParkingQueue.Failed => "failed",
                ParkingQueue.Fatal => "fatal",
                _ => "incompatible",
            });
            _parked.AddOne(in tags);
        }
    }
}

using System.Diagnostics;
using BrokerQueues.Broker.Connection;

namespace BrokerQueues.Broker.Telemetry;

/// <summary>Counts connections that were made anew after one had been lost.</summary>
internal sealed class ReconnectCounter(TelemetryMeter meter)
{
    private readonly GuardedCounter _reconnects = meter.CreateCounter(
        "brokerqueues.connection.reconnects", "{reconnect}", "Connections that were made anew after one had been lost.");

    public void Count(ConnectionRole role)
    {
        if (_reconnects.IsEnabled)
        {
            TagList tags = default;
            tags.Add(TelemetryAttributes.ConnectionRole, role == ConnectionRole.Publishing ? "publishing" : "consuming");
            _reconnects.AddOne(in tags);
        }
    }
}

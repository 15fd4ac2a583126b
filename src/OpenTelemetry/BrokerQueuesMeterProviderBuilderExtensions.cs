using BrokerQueues;

namespace OpenTelemetry.Metrics;

/// <summary>Adds the metrics of BrokerQueues to OpenTelemetry.</summary>
public static class BrokerQueuesMeterProviderBuilderExtensions
{
    /// <summary>Takes in the counts, times and gauges of tasks. What they are is in docs/telemetry.md.</summary>
    /// <param name="builder">The builder of <c>WithMetrics</c>.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static MeterProviderBuilder AddBrokerQueuesInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(BrokerQueuesTelemetry.MeterName);
    }
}

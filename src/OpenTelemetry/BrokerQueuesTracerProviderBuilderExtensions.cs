using BrokerQueues;

namespace OpenTelemetry.Trace;

/// <summary>Adds the traces of BrokerQueues to OpenTelemetry.</summary>
public static class BrokerQueuesTracerProviderBuilderExtensions
{
    /// <summary>Takes in the spans of tasks that are sent and processed. What they are is in docs/telemetry.md.</summary>
    /// <param name="builder">The builder of <c>WithTracing</c>.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static TracerProviderBuilder AddBrokerQueuesInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(BrokerQueuesTelemetry.ActivitySourceName);
    }
}

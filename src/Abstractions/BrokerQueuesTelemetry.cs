namespace BrokerQueues;

/// <summary>The names under which BrokerQueues tells what happens, for whoever listens. What spans and metrics there are is in docs/telemetry.md.</summary>
public static class BrokerQueuesTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/> of the spans.</summary>
    public const string ActivitySourceName = "BrokerQueues";

    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/> of the metrics.</summary>
    public const string MeterName = "BrokerQueues";

    /// <summary>The version of OpenTelemetry's semantic conventions that the names of spans, metrics and their attributes follow.</summary>
    public const string SemanticConventionsVersion = "1.44.0";
}

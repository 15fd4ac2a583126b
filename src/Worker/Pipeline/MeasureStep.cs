namespace BrokerQueues.Worker.Pipeline;

/// <summary>Measure: ends the span of a run, and counts how it ended.</summary>
internal sealed class MeasureStep(ExecutionTelemetry telemetry) : ITaskStep
{
    /// <summary>What has run is told in any case, though it run again elsewhere.</summary>
    public bool NeedsSession => false;

    public ValueTask ExecuteAsync(TaskExecution execution)
    {
        telemetry.End(execution);
        return default;
    }
}

namespace BrokerQueues.Worker.Execution;

/// <summary>How one execution ended.</summary>
/// <param name="Result">The result.</param>
/// <param name="Error">What was thrown, unwrapped; null where the processor returned.</param>
/// <param name="Message">Why it is not Complete, in words.</param>
internal readonly record struct ExecutionOutcome(TaskProcessingJobResult Result, Exception? Error, string? Message)
{
    public static ExecutionOutcome Of(TaskProcessingJobResult result) =>
        new(result, null, result == TaskProcessingJobResult.Complete ? null : $"The processor returned {result}.");

    public static ExecutionOutcome Of(TaskProcessingJobResult result, Exception error) => new(result, error, error.Message);
}

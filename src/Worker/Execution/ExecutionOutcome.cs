using BrokerQueues.Broker.Diagnostics;

namespace BrokerQueues.Worker.Execution;

/// <summary>How one execution ended.</summary>
/// <param name="Result">The result.</param>
/// <param name="Error">What was thrown, unwrapped; null where the processor returned.</param>
/// <param name="Message">Why it is not Complete, in words.</param>
internal readonly record struct ExecutionOutcome(TaskProcessingJobResult Result, Exception? Error, string? Message)
{
    public static ExecutionOutcome Of(TaskProcessingJobResult result) =>
        new(result, null, result == TaskProcessingJobResult.Complete ? null : $"The processor returned {result}.");

    public static ExecutionOutcome Of(TaskProcessingJobResult result, Exception error) => new(result, error, ExceptionText.MessageOf(error));

    /// <summary>The Fail that a Retry counts as when there have been too many.</summary>
    /// <param name="runs">How often the attempt has ended in Retry, this time included.</param>
    /// <param name="maxRetries">How often it may run again.</param>
    public ExecutionOutcome RetriedTooOften(int runs, int maxRetries)
    {
        string counted = $"Retry {(runs == 1 ? "once" : $"{runs} times")} (MaxRetries {maxRetries}), which counts as Fail.";
        return this with
        {
            Result = TaskProcessingJobResult.Fail,
            Message = Error is null ? $"The processor returned {counted}" : $"The processor ended in {counted} The last reason: {Message}",
        };
    }
}

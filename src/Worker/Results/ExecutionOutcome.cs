using BrokerQueues.Broker.Diagnostics;

namespace BrokerQueues.Worker.Results;

/// <summary>How one execution ended.</summary>
/// <param name="Result">The result.</param>
/// <param name="Error">What was thrown, unwrapped; null where the processor returned.</param>
/// <param name="Message">Why it is not Complete, in words.</param>
internal readonly record struct ExecutionOutcome(TaskProcessingJobResult Result, Exception? Error, string? Message)
{
    /// <summary>Whether the task could not be understood, and was not tried.</summary>
    public bool IsIncompatible { get; private init; }

    /// <summary>What the log is told in place of <see cref="Message"/> and <see cref="Error"/>, which may quote the payload; null where they are told.</summary>
    public string? LogText { get; private init; }

    /// <summary>The result as the wire contract names it.</summary>
    public string Name => IsIncompatible ? "Incompatible" : Result.ToString();

    public static ExecutionOutcome Of(TaskProcessingJobResult result) =>
        new(result, null, result == TaskProcessingJobResult.Complete ? null : $"The processor returned {result}.");

    public static ExecutionOutcome Of(TaskProcessingJobResult result, Exception error) => new(result, error, ExceptionText.MessageOf(error));

    /// <summary>The task cannot be understood.</summary>
    /// <param name="message">Why, and what to do.</param>
    /// <param name="error">What was thrown, where something was.</param>
    /// <param name="logText">The same as <paramref name="message"/> without what a reader of JSON or the directive's own code says.</param>
    public static ExecutionOutcome Incompatible(string message, Exception? error = null, string? logText = null) =>
        new(TaskProcessingJobResult.Fatal, error, message) { IsIncompatible = true, LogText = logText ?? message };

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

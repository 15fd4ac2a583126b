using BrokerQueues.Broker.Diagnostics;

namespace BrokerQueues.Worker.Results;

/// <summary>How one execution ended.</summary>
/// <param name="Result">The result.</param>
/// <param name="Error">What was thrown, unwrapped; null where the processor returned.</param>
/// <param name="Message">Why it is not Complete, in words.</param>
internal readonly record struct ExecutionOutcome(TaskProcessingJobResult Result, Exception? Error, string? Message)
{
    /// <summary>What the log is told where message and error may quote the payload.</summary>
    private string? LogText { get; init; }

    /// <summary>Whether the task could not be understood, and was not tried.</summary>
    public bool IsIncompatible { get; private init; }

    /// <summary><see cref="Message"/> as the log may have it: without what may quote the payload.</summary>
    public string? LoggedMessage => LogText ?? Message;

    /// <summary><see cref="Error"/> as the log may have it; null also where it may quote the payload.</summary>
    public Exception? LoggedError => LogText is null ? Error : null;

    /// <summary>How long the processor has the task wait before its next attempt, in place of the backoff; null where it does not say.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>How long it waits at least; null where nobody asked for it.</summary>
    public TimeSpan? MinDelay { get; init; }

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

    /// <summary>The final Fail of a task that would be too old by its next attempt.</summary>
    /// <param name="maxAge">How old it may become.</param>
    public ExecutionOutcome TooOld(TimeSpan maxAge) => this with
    {
        Result = TaskProcessingJobResult.Fail,
        Message = $"The task ended in {Result} and would be older than its MaxAge of {maxAge} by its next attempt, so it is not tried again. The last reason: {Message}",
    };

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

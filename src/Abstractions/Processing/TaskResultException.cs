namespace BrokerQueues;

/// <summary>Ends an execution with a result of the processor's choice, from anywhere in its code.</summary>
public sealed class TaskResultException : Exception
{
    /// <summary>Ends the execution with a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="message">Why: it is logged and, where the task is parked, stands in its header <c>bq-error-message</c>.</param>
    /// <param name="innerException">What led to it, if anything.</param>
    public TaskResultException(TaskProcessingJobResult result, string message, Exception? innerException = null)
        : base(message, innerException) => Result = result;

    /// <summary>Ends the execution with a result, and says when the task is tried again.</summary>
    /// <param name="result">The result.</param>
    /// <param name="message">Why: it is logged and, where the task is parked, stands in its header <c>bq-error-message</c>.</param>
    /// <param name="delay">
    /// How long the task waits before its next attempt, in place of the backoff, where it has one: after <see cref="TaskProcessingJobResult.Requeue"/>, and after
    /// <see cref="TaskProcessingJobResult.Fail"/> while there are requeues left. Zero to <see cref="AddTaskOptions.MaxDelay"/> (620 days); shorter than 1 s is 1 s. On a
    /// sequential queue that keeps its order it waits at the head, and all behind it with it.
    /// </param>
    /// <param name="innerException">What led to it, if anything.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative or too long.</exception>
    public TaskResultException(TaskProcessingJobResult result, string message, TimeSpan delay, Exception? innerException = null)
        : base(message, innerException)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, AddTaskOptions.MaxDelay);
        Result = result;
        Delay = delay;
    }

    /// <summary>The result.</summary>
    public TaskProcessingJobResult Result { get; }

    /// <summary>How long the task waits before its next attempt; null for the backoff.</summary>
    public TimeSpan? Delay { get; }
}

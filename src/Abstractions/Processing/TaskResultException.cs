namespace BrokerQueues;

/// <summary>Ends an execution with a result of the processor's choice, from anywhere in its code.</summary>
/// <param name="result">The result.</param>
/// <param name="message">Why: it is logged and, where the task is parked, stands in its header <c>bq-error-message</c>.</param>
/// <param name="innerException">What led to it, if anything.</param>
public sealed class TaskResultException(TaskProcessingJobResult result, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The result.</summary>
    public TaskProcessingJobResult Result { get; } = result;
}

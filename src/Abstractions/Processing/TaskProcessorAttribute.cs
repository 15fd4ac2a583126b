namespace BrokerQueues;

/// <summary>Marks a method as the processor of a task type of a queue; more than once for more types or queues.</summary>
/// <remarks>
/// The method takes an <see cref="ITaskProcessingJob{TDirective}"/> or <see cref="ITaskProcessingJob"/> and, if it likes, a
/// <see cref="CancellationToken"/>; it returns <c>void</c>, <see cref="Task"/>, <see cref="ValueTask"/> or
/// <c>Task&lt;TaskProcessingJobResult&gt;</c>. Its class is resolved from dependency injection in a scope of its own for
/// each execution.
/// </remarks>
/// <param name="queueId">The id of a queue declared with <see cref="TaskQueueAttribute"/>.</param>
/// <param name="taskType">The task type: the message's AMQP property <c>type</c>, 1 to 255 bytes of UTF-8.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TaskProcessorAttribute(string queueId, string taskType) : Attribute
{
    private const int DefaultMaxRequeues = 5;

    private TransactionMode? _transactionMode;
    private int? _maxRequeues;

    /// <summary>The id of the queue.</summary>
    public string QueueId { get; } = queueId;

    /// <summary>The task type.</summary>
    public string TaskType { get; } = taskType;

    /// <summary>
    /// Default: <see cref="TransactionMode.Hybrid"/>, and <see cref="TransactionMode.Unsafe"/> for the processor of a broadcast.
    /// </summary>
    public TransactionMode TransactionMode
    {
        get => _transactionMode ?? TransactionMode.Hybrid;
        set => _transactionMode = value;
    }

    /// <summary>Whether <see cref="TransactionMode"/> was written out, rather than left to its default.</summary>
    public bool HasTransactionMode => _transactionMode is not null;

    /// <summary>
    /// How long one execution may take, as a <see cref="TimeSpan"/> in text with hours, minutes and seconds (<c>"00:05:00"</c>), from 1 ms
    /// to 7 days. Default: none. Past it the token is cancelled and the execution is a Fail by <see cref="TimeoutException"/> (or what a
    /// <see cref="TaskExceptionBehaviorAttribute"/> says of that), unless it has committed. <see cref="TransactionMode.Full"/> has a limit of its own, 90 s:
    /// a longer one beside it is a mistake at start.
    /// </summary>
    public string? Timeout { get; set; }

    /// <summary>How often <see cref="TaskProcessingJobResult.Retry"/> runs the task again in place, 0 to 100. Default: 3.</summary>
    public int MaxRetries { get; set; } = 3;

    /// <summary>
    /// How often <see cref="TaskProcessingJobResult.Fail"/> requeues the task before it is parked, 0 to 1,000,000. Default: 5. A broadcast is never requeued: written at
    /// its processor, other than 0, it is a mistake at start.
    /// </summary>
    public int MaxRequeues
    {
        get => _maxRequeues ?? DefaultMaxRequeues;
        set => _maxRequeues = value;
    }

    /// <summary>Whether <see cref="MaxRequeues"/> was written out, rather than left to its default.</summary>
    public bool HasMaxRequeues => _maxRequeues is not null;

    /// <summary>
    /// How old a task may become by being tried again, as a <see cref="TimeSpan"/> in text with hours, minutes and seconds (<c>"12:00:00"</c>, <c>"3.00:00:00"</c>), from 1 s
    /// to 620 days. Default: none. A task whose next attempt would begin later than this after its creation (AMQP's <c>timestamp</c>, in whole seconds) is a final Fail
    /// instead, also after <see cref="TaskProcessingJobResult.Requeue"/>, which has no other limit. It is tried once however old it is; a task without a timestamp has no age.
    /// At the processor of a broadcast, which is never requeued, it is a mistake at start.
    /// </summary>
    public string? MaxAge { get; set; }
}

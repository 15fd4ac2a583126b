namespace BrokerQueues;

/// <summary>A task was not confirmed by the broker. What derives from it says why.</summary>
/// <param name="taskId">The task.</param>
/// <param name="queueId">The queue it was for, or its exchange.</param>
/// <param name="message">What happened and what to do.</param>
/// <param name="innerException">What led to it, if anything.</param>
public class TaskPublishException(TaskId taskId, string queueId, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The task.</summary>
    public TaskId TaskId { get; } = taskId;

    /// <summary>The queue it was for.</summary>
    public string QueueId { get; } = queueId;

    /// <summary>
    /// Whether the broker may have the task all the same. Default: false. Where it is true, publish it again under the same id
    /// (<see cref="AddTaskOptions.TaskId"/>), by which its processor can tell that it has run.
    /// </summary>
    public bool MayHaveArrived { get; init; }

    private protected static string PublishAgain(bool mayHaveArrived) => mayHaveArrived
        ? "Publish it again under the same id (AddTaskOptions.TaskId), by which its processor can tell that it has run."
        : "Publish it again.";
}

/// <summary>The broker has no such task queue, or no binding that leads to it.</summary>
public sealed class TaskQueueNotFoundException : TaskPublishException
{
    /// <summary>Makes the exception of a queue that is not there.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="queueId">The queue that was asked for.</param>
    public TaskQueueNotFoundException(TaskId taskId, string queueId)
        : this(
            taskId, queueId,
            $"the broker has no task queue '{queueId}'. Check the queue id, the prefix and the virtual host, " +
            "or start a worker that declares the queue once. If it is a broadcast, send it by SendBroadcastAsync, for which it is no error that no node listens.")
    {
    }

    /// <summary>Makes the exception of a queue that no message reaches, for a reason of its own.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="queueId">The queue that was asked for.</param>
    /// <param name="reason">What is missing and what to do, as the end of a sentence.</param>
    public TaskQueueNotFoundException(TaskId taskId, string queueId, string reason)
        : base(taskId, queueId, $"Task {taskId} was not published: {reason}")
    {
    }
}

/// <summary>The queue refused the task: it has reached its length limit.</summary>
/// <param name="taskId">The task.</param>
/// <param name="queueId">The queue.</param>
public sealed class TaskQueueFullException(TaskId taskId, string queueId) : TaskPublishException(
    taskId, queueId,
    $"Task {taskId} was not published: the broker refused it (basic.nack), as a rule because queue '{queueId}' has reached its length limit. " +
    "Let the workers catch up, or raise the max-length of the queue's policy.");

/// <summary>The body of a task is larger than is allowed.</summary>
/// <param name="taskId">The task.</param>
/// <param name="queueId">The queue.</param>
/// <param name="size">The size of the body in bytes.</param>
/// <param name="limit">The limit in bytes.</param>
public sealed class TaskTooLargeException(TaskId taskId, string queueId, long size, long limit) : TaskPublishException(
    taskId, queueId,
    $"Task {taskId} for queue '{queueId}' was not sent: its body has {size} bytes and MaxBodySize allows {limit}. " +
    "Store the data elsewhere and send a reference to it, or raise MaxBodySize.")
{
    /// <summary>The size of the body in bytes.</summary>
    public long Size { get; } = size;

    /// <summary>The limit in bytes.</summary>
    public long Limit { get; } = limit;
}

/// <summary>No confirm came within <c>PublishTimeout</c> because the broker could not be reached. The task may have arrived all the same, unless the message says that it was never sent.</summary>
public sealed class BrokerUnavailableException : TaskPublishException
{
    /// <summary>Makes the exception of a task that was not confirmed in time.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="queueId">The queue.</param>
    /// <param name="timeout">How long was waited.</param>
    /// <param name="reason">What is known of the connection.</param>
    /// <param name="mayHaveArrived">False where it was certainly never sent.</param>
    public BrokerUnavailableException(TaskId taskId, string queueId, TimeSpan timeout, string reason, bool mayHaveArrived = true)
        : base(
            taskId, queueId,
            $"Task {taskId} for queue '{queueId}' was not confirmed within {timeout.TotalSeconds:0.###} s: the broker is not available ({reason}). " +
            $"{(mayHaveArrived ? "It may have arrived all the same." : "It was never sent.")} Check that the broker runs and that the URI, user and virtual host are right. " +
            PublishAgain(mayHaveArrived)) =>
        MayHaveArrived = mayHaveArrived;
}

/// <summary>No confirm came within <c>PublishTimeout</c> because the broker blocks publishers (a memory or disk alarm). The task may arrive all the same, unless the message says that it was never sent.</summary>
public sealed class BrokerBlockedException : TaskPublishException
{
    /// <summary>Makes the exception of a task that was not confirmed in time.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="queueId">The queue.</param>
    /// <param name="timeout">How long was waited.</param>
    /// <param name="reason">The broker's reason.</param>
    /// <param name="mayHaveArrived">False where it was certainly never sent.</param>
    public BrokerBlockedException(TaskId taskId, string queueId, TimeSpan timeout, string reason, bool mayHaveArrived = true)
        : base(
            taskId, queueId,
            $"Task {taskId} for queue '{queueId}' was not confirmed within {timeout.TotalSeconds:0.###} s: the broker blocks all publishers ({reason}). " +
            $"{(mayHaveArrived ? "It may still arrive when the alarm clears." : "It was never sent.")} Free memory or disk on the broker. " +
            PublishAgain(mayHaveArrived)) =>
        MayHaveArrived = mayHaveArrived;
}

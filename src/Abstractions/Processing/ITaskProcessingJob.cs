namespace BrokerQueues;

/// <summary>One execution of a task, as its processor sees it. Not valid after the processor has returned.</summary>
public interface ITaskProcessingJob
{
    /// <summary>The id of the task, the same in every attempt.</summary>
    TaskId TaskId { get; }

    /// <summary>The id of the queue, without the configured prefix.</summary>
    string QueueId { get; }

    /// <summary>The task type.</summary>
    string TaskType { get; }

    /// <summary>The attempt, from 1. Requeues count; retries in place, interruptions and crashes do not.</summary>
    int Attempt { get; }

    /// <summary>How often this attempt has been run again in place by <see cref="TaskProcessingJobResult.Retry"/>, from 0.</summary>
    int RetryCount { get; }

    /// <summary>How often an operator has put the task back from a parking queue, from 0.</summary>
    int Redrives { get; }

    /// <summary>What the publisher called the task, for people to read; null where it did not.</summary>
    string? DisplayName { get; }

    /// <summary>The id of the task that created this one, or what another publisher put in <c>correlation_id</c>; null where nothing.</summary>
    string? CorrelationId { get; }

    /// <summary>
    /// Who caused the task (<see cref="AddTaskOptions.Initiator"/>), as its publisher says; nobody checks it. Null where it does not, or says it by something
    /// that is no text of one line and at most 255 bytes of UTF-8.
    /// </summary>
    string? Initiator { get; }

    /// <summary>When the task was created, to the second (AMQP's precision); null where the publisher did not say.</summary>
    DateTimeOffset? CreatedAt { get; }

    /// <summary>
    /// Fires when this execution no longer counts: the node is shutting down and its grace period is over, or the channel
    /// the task came on is gone and the broker gives the task to another node. Commits fail from then on.
    /// </summary>
    CancellationToken JobAborted { get; }

    /// <summary>Commits without an action: says that the work is done.</summary>
    /// <param name="cancellationToken">The processor's token.</param>
    /// <exception cref="InvalidOperationException">The task has been committed already.</exception>
    /// <exception cref="OperationCanceledException">The execution no longer counts, or <paramref name="cancellationToken"/> was cancelled.</exception>
    Task CommitAsync(CancellationToken cancellationToken = default);

    /// <summary>Commits: runs the action as the one step that completes the task's work, at most 90 s, at most once.</summary>
    /// <param name="action">The writes that belong together with the completion of the task.</param>
    /// <param name="cancellationToken">The processor's token.</param>
    /// <exception cref="InvalidOperationException">The task has been committed already.</exception>
    /// <exception cref="TimeoutException">The action took longer than 90 s.</exception>
    /// <exception cref="OperationCanceledException">The execution no longer counts, or <paramref name="cancellationToken"/> was cancelled.</exception>
    Task CommitAsync(Func<ITaskTransaction, CancellationToken, Task> action, CancellationToken cancellationToken = default);
}

/// <summary>One execution of a task with a directive of a known type.</summary>
/// <typeparam name="TDirective">The directive.</typeparam>
public interface ITaskProcessingJob<out TDirective> : ITaskProcessingJob
    where TDirective : class, ITaskDirective
{
    /// <summary>The task's payload; never null: a task without a body has one with its defaults.</summary>
    TDirective Directive { get; }
}

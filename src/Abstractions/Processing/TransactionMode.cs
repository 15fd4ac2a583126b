namespace BrokerQueues;

/// <summary>How a processor's work and the completion of its task belong together.</summary>
public enum TransactionMode
{
    /// <summary>
    /// The body runs without a limit of time; <see cref="ITaskProcessingJob.CommitAsync(Func{ITaskTransaction, CancellationToken, Task}, CancellationToken)"/>
    /// runs its action within 90 s, at most once in an execution, and fails when the task is no longer this node's. Completing without
    /// a commit is a failure. Between the commit and its acknowledgement a crash or a lost connection has the task run and commit again:
    /// make the action idempotent, by <see cref="ITaskTransaction.TaskId"/> say.
    /// </summary>
    Hybrid,

    /// <summary>
    /// The whole processor runs within 90 s, or within its <see cref="TaskProcessorAttribute.Timeout"/>, which may only be shorter; a commit is allowed and not needed.
    /// </summary>
    Full,

    /// <summary>No transaction and no limit of time; a commit is allowed and not needed.</summary>
    Unsafe,
}

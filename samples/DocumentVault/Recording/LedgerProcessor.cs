using BrokerQueues.Samples.DocumentVault.Cataloguing;

namespace BrokerQueues.Samples.DocumentVault.Recording;

/// <summary>Writes the ledger: one task at a time in the whole cluster, because each line hangs on the one before.</summary>
internal sealed class LedgerProcessor(Ledger ledger, ITaskManager tasks, WorkerNode node, Journal journal)
{
    // A line takes a few milliseconds, so the way to the broker and back would cost as much again: have some lines wait here.
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, Prefetch = 20)]
    public const string QueueId = "vault.ledger";

    public const string RecordTaskType = "RecordDocument";

    private const string IdSuffix = "/ledger";

    /// <summary>The id of the task that records what an import task has archived: always the same for the same import.</summary>
    public static TaskId IdFor(TaskId import) => new(import.Value + IdSuffix);

    /// <summary>The id of the import task that a ledger entry belongs to.</summary>
    public static string ImportIdOf(string taskId) => taskId.EndsWith(IdSuffix, StringComparison.Ordinal) ? taskId[..^IdSuffix.Length] : taskId;

    [TaskProcessor(QueueId, RecordTaskType)]
    // The lock is held, or the disk is full: wait at the head of the queue, order holds.
    [TaskExceptionBehavior(TaskProcessingJobResult.Requeue, typeof(IOException))]
    // The chain is broken: nothing may be appended, and no number of attempts will mend it.
    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(InvalidDataException))]
    public Task RecordAsync(ITaskProcessingJob<RecordDirective> job, CancellationToken cancellationToken)
    {
        journal.Begin(job);
        RecordDirective document = job.Directive;
        return job.CommitAsync(
            async (transaction, token) =>
            {
                ledger.Append(transaction.TaskId.Value, previous => new LedgerEntry(
                    previous, transaction.TaskId.Value, document.Path, document.Sha256, document.Bytes, document.Kind, document.Words, document.Title,
                    document.ImportedBy, node.Name));
                // Also where the line was there already: who wrote it may have been killed before it could say so.
                await tasks.SendBroadcastAsync(CatalogueProcessor.QueueId, CatalogueProcessor.ChangedTaskType, cancellationToken: token);
            },
            cancellationToken);
    }
}

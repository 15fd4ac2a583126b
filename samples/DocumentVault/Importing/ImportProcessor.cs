using BrokerQueues.Samples.DocumentVault.Recording;

namespace BrokerQueues.Samples.DocumentVault.Importing;

/// <summary>
/// Hashes, reads and archives a document, then has it recorded. The same document may be imported twice (a node dies, a
/// publisher repeats itself): it is archived under its content, and recorded under the id of its task, so twice is as once.
/// </summary>
internal sealed class ImportProcessor(Archive archive, ITaskManager tasks, WorkerNode node, Journal journal)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Concurrent, MaxConcurrency = 4)]
    public const string QueueId = "vault.import";

    public const string ImportTaskType = "ImportDocument";

    // Whoever owns the file must grant the right, or had none to send it: trying again changes nothing.
    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(UnauthorizedAccessException))]
    // Gone, or a name that cannot exist. Where files come and go (a spool folder) Cancel would do; but Cancel leaves no trace,
    // and whoever hands a document to a vault is owed an answer.
    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(FileNotFoundException), typeof(DirectoryNotFoundException), typeof(PathTooLongException))]
    // All other trouble of files passes (somebody still writes it, the disk is full, a share is away), so it is worth waiting for.
    [TaskExceptionBehavior(TaskProcessingJobResult.Requeue, typeof(IOException))]
    // What is left, a damaged gzip file for one (InvalidDataException), is a Fail: one more try, then vault.import.failed, where
    // it waits until somebody has repaired the file and puts the task back.
    [TaskProcessor(QueueId, ImportTaskType, MaxRequeues = 1)]
    public async Task ImportAsync(ITaskProcessingJob<ImportDirective> job, CancellationToken cancellationToken)
    {
        journal.Begin(job);
        string path = job.Directive.Path;
        using StagedDocument staged = await archive.StageAsync(path, cancellationToken);
        DocumentFacts facts = DocumentReader.Read(staged.TemporaryPath, path);
        if (DocumentReader.LooksLikePrivateKey(facts))
        {
            throw new TaskResultException(TaskProcessingJobResult.Fatal, $"{path} holds a private key, and the vault is open to all: it takes none. Keep it in a key store.");
        }

        staged.MoveIntoArchive();

        var record = new RecordDirective
        {
            Path = path,
            Sha256 = staged.Sha256,
            Bytes = staged.Bytes,
            Kind = facts.Kind,
            Words = facts.Words,
            Title = facts.Title,
            ImportedBy = node.Name,
        };
        // Inside the commit: an execution that has lost its task to another node adds nothing any more. The id is made from
        // this task's id, so that a second import of the same task asks for the same line of the ledger.
        await job.CommitAsync(
            (transaction, token) => tasks.AddTaskAsync(
                LedgerProcessor.QueueId,
                LedgerProcessor.RecordTaskType,
                record,
                new AddTaskOptions { TaskId = LedgerProcessor.IdFor(transaction.TaskId) },
                token),
            cancellationToken);
    }
}

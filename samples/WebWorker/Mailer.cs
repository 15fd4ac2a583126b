namespace BrokerQueues.Samples.WebWorker;

internal sealed partial class Mailer(ILogger<Mailer> log)
{
    [TaskQueue(MaxConcurrency = 10)]
    public const string QueueId = "mail";

    [TaskProcessor(QueueId, "SendWelcomeMail")]
    public async Task SendAsync(ITaskProcessingJob job, CancellationToken cancellationToken)
    {
        Sent(log, job.TaskId, job.Attempt);
        await job.CommitAsync(cancellationToken);
    }

    [LoggerMessage(1, LogLevel.Information, "Mail {TaskId}, attempt {Attempt}")]
    private static partial void Sent(ILogger logger, TaskId taskId, int attempt);
}

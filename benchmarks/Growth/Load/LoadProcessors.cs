namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>What a user would write for the least work there is, and for work that waits for something else. In the default transaction mode.</summary>
internal sealed class LoadProcessors(ExecutionRecord record)
{
    public const int Concurrency = 16;

    [TaskQueue(MaxConcurrency = Concurrency, Prefetch = 200)]
    public const string QueueId = "load";

    public const string NoOp = "NoOp";
    public const string Wait = "Wait";

    public static readonly TimeSpan Waiting = TimeSpan.FromMilliseconds(5);

    [TaskProcessor(QueueId, NoOp)]
    public async Task NoOpAsync(ITaskProcessingJob<LoadDirective> job, CancellationToken cancellationToken)
    {
        record.Started(job.Directive);
        await job.CommitAsync(cancellationToken);
        record.Ended();
    }

    [TaskProcessor(QueueId, Wait)]
    public async Task WaitAsync(ITaskProcessingJob<LoadDirective> job, CancellationToken cancellationToken)
    {
        record.Started(job.Directive);
        await Task.Delay(Waiting, cancellationToken);
        await job.CommitAsync(cancellationToken);
        record.Ended();
    }
}

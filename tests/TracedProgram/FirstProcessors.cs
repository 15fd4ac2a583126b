namespace BrokerQueues.TracedProgram;

/// <summary>Sends each task on to the second queue.</summary>
public sealed class FirstProcessors(ITaskManager tasks)
{
    [TaskQueue]
    public const string Queue = "traced.first";

    public const string Type = "First";

    [TaskProcessor(Queue, Type)]
    public async Task RunAsync(ITaskProcessingJob<Directive> job, CancellationToken cancellationToken)
    {
        await tasks.AddTaskAsync(SecondProcessors.Queue, SecondProcessors.Type, job.Directive, cancellationToken: cancellationToken);
        await job.CommitAsync(cancellationToken);
    }
}

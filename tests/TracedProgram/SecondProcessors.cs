namespace BrokerQueues.TracedProgram;

/// <summary>Does what the directive says.</summary>
public sealed class SecondProcessors
{
    [TaskQueue]
    public const string Queue = "traced.second";

    public const string Type = "Second";

    [TaskProcessor(Queue, Type, TransactionMode = TransactionMode.Unsafe, MaxRequeues = 0)]
    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<Directive> job) => job.Directive.Outcome switch
    {
        "Retry" when job.RetryCount == 0 => Task.FromResult(TaskProcessingJobResult.Retry),
        "Fatal" => Task.FromResult(TaskProcessingJobResult.Fatal),
        "Throw" => throw new InvalidDataException("card 4711"),
        _ => Task.FromResult(TaskProcessingJobResult.Complete),
    };
}

using System.Collections.Concurrent;

namespace BrokerQueues.Integration.Tests;

/// <summary>The directive of the scripted processors.</summary>
public sealed class ScriptDirective : TaskDirective
{
    public int Number { get; set; }

    public string? Text { get; set; }
}

/// <summary>One execution, as its processor saw it.</summary>
public sealed record Run(string NodeId, TaskId TaskId, int Number, int Attempt, int RetryCount, int Redrives, DateTimeOffset At);

/// <summary>What the scripted processors of a node do, and what they have done.</summary>
public sealed class Script(string nodeId)
{
    public ConcurrentQueue<Run> Runs { get; } = new();

    public Func<ITaskProcessingJob<ScriptDirective>, CancellationToken, Task<TaskProcessingJobResult>> OnRun { get; set; } =
        (_, _) => Task.FromResult(TaskProcessingJobResult.Complete);

    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken)
    {
        Runs.Enqueue(new Run(nodeId, job.TaskId, job.Directive.Number, job.Attempt, job.RetryCount, job.Redrives, DateTimeOffset.UtcNow));
        return OnRun(job, cancellationToken);
    }
}

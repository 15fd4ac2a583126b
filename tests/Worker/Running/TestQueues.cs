using System.Collections.Concurrent;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>The kinds of queue that a <see cref="QueueHarness"/> has; each is a class below.</summary>
public enum Kind
{
    /// <summary>Two at a time, ten read ahead.</summary>
    Concurrent,
    Sequential,

    /// <summary>Sequential, with three tasks at this node at a time.</summary>
    SequentialAhead,

    /// <summary>Sequential, and what is requeued goes to the tail.</summary>
    SequentialTail,

    /// <summary>Sequential, and halts on a failure.</summary>
    Halting,
    Broadcast,

    /// <summary>A broadcast that leaves its sender out, on the node n1.</summary>
    BroadcastFromOthers,
}

/// <summary>What a processor of a test does, and what it was asked to do.</summary>
public sealed class Script
{
    private readonly ConcurrentQueue<ITaskProcessingJob> _started = new();
    private int _running;
    private int _most;

    /// <summary>What it does. At first: it completes at once.</summary>
    public Func<ITaskProcessingJob, CancellationToken, Task<TaskProcessingJobResult>> Does { get; set; } = (_, _) => Task.FromResult(TaskProcessingJobResult.Complete);

    /// <summary>The executions that have started, in order.</summary>
    public IReadOnlyCollection<ITaskProcessingJob> Started => _started;

    public IEnumerable<string> StartedIds => _started.Select(job => job.TaskId.Value);

    /// <summary>How many run.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>The most that have run at a time.</summary>
    public int MostAtATime => Volatile.Read(ref _most);

    public async Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob job, CancellationToken cancellationToken)
    {
        lock (_started)
        {
            _most = Math.Max(_most, ++_running);
            _started.Enqueue(job);
        }

        try
        {
            return await Does(job, cancellationToken);
        }
        finally
        {
            lock (_started)
            {
                _running--;
            }
        }
    }
}

public sealed class TestDirective : TaskDirective
{
    /// <summary>Called by the setter of <see cref="Hook"/>: as the code of a directive that runs while it is read.</summary>
    public static ConcurrentDictionary<string, Action> Hooks { get; } = new(StringComparer.Ordinal);

    public string? Hook
    {
        get;
        set
        {
            field = value;
            if (value is not null && Hooks.TryGetValue(value, out Action? hook))
            {
                hook();
            }
        }
    }
}

internal sealed class ConcurrentQueueOfTests(Script script)
{
    [TaskQueue(MaxConcurrency = 2, Prefetch = 10)]
    public const string Queue = "harness.concurrent";

    [TaskProcessor(Queue, QueueHarness.TaskType, TransactionMode = TransactionMode.Unsafe, MaxRetries = 1, MaxRequeues = 1)]
    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<TestDirective> job, CancellationToken token) => script.RunAsync(job, token);
}

internal sealed class SequentialQueueOfTests(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
    public const string Queue = "harness.sequential";

    [TaskProcessor(Queue, QueueHarness.TaskType, TransactionMode = TransactionMode.Unsafe, MaxRetries = 1, MaxRequeues = 1)]
    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<TestDirective> job, CancellationToken token) => script.RunAsync(job, token);
}

internal sealed class SequentialAheadQueueOfTests(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, Prefetch = 3)]
    public const string Queue = "harness.ahead";

    [TaskProcessor(Queue, QueueHarness.TaskType, TransactionMode = TransactionMode.Unsafe, MaxRetries = 1, MaxRequeues = 1)]
    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<TestDirective> job, CancellationToken token) => script.RunAsync(job, token);
}

internal sealed class SequentialTailQueueOfTests(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, RequeuePlacement = RequeuePlacement.Tail)]
    public const string Queue = "harness.tail";

    [TaskProcessor(Queue, QueueHarness.TaskType, TransactionMode = TransactionMode.Unsafe, MaxRetries = 1, MaxRequeues = 1)]
    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<TestDirective> job, CancellationToken token) => script.RunAsync(job, token);
}

internal sealed class HaltingQueueOfTests(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, OnFailure = FailureBehavior.Halt)]
    public const string Queue = "harness.halting";

    [TaskProcessor(Queue, QueueHarness.TaskType, TransactionMode = TransactionMode.Unsafe, MaxRetries = 1, MaxRequeues = 0)]
    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<TestDirective> job, CancellationToken token) => script.RunAsync(job, token);
}

internal sealed class BroadcastQueueOfTests(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast, MaxConcurrency = 2)]
    public const string Queue = "harness.broadcast";

    [TaskProcessor(Queue, QueueHarness.TaskType, MaxRetries = 1)]
    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<TestDirective> job, CancellationToken token) => script.RunAsync(job, token);
}

internal sealed class BroadcastFromOthersQueueOfTests(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast, BroadcastFilter = BroadcastFilter.FromOthersOnly)]
    public const string Queue = "harness.others";

    [TaskProcessor(Queue, QueueHarness.TaskType, MaxRetries = 1)]
    public Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob<TestDirective> job, CancellationToken token) => script.RunAsync(job, token);
}

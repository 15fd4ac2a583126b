namespace BrokerQueues.Integration.Tests;

/// <summary>The task type of all scripted processors.</summary>
internal static class Scripted
{
    public const string TaskType = "Scripted";
}

internal sealed class ConcurrentProcessors(Script script)
{
    [TaskQueue(MaxConcurrency = 4)]
    public const string QueueId = "concurrent";

    [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe, MaxRequeues = 2)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

internal sealed class SequentialProcessors(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
    public const string QueueId = "sequential";

    [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe, MaxRequeues = 2)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

internal sealed class TailProcessors(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, RequeuePlacement = RequeuePlacement.Tail)]
    public const string QueueId = "tail";

    [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

internal sealed class HaltProcessors(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, OnFailure = FailureBehavior.Halt)]
    public const string QueueId = "halt";

    [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe, MaxRequeues = 0)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

internal sealed class BroadcastProcessors(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast)]
    public const string QueueId = "broadcast";

    [TaskProcessor(QueueId, Scripted.TaskType)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

/// <summary>A broadcast that its sender does not run.</summary>
internal sealed class OthersProcessors(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast, BroadcastFilter = BroadcastFilter.FromOthersOnly)]
    public const string QueueId = "others";

    [TaskProcessor(QueueId, Scripted.TaskType)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

/// <summary>A queue whose broker gives a task up early.</summary>
internal sealed class FragileProcessors(Script script)
{
    [TaskQueue(MaxConcurrency = 1, DeliveryLimit = 3)]
    public const string QueueId = "fragile";

    [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

/// <summary>A sequential queue whose broker gives a task up early.</summary>
internal sealed class FrailProcessors(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, DeliveryLimit = 8)]
    public const string QueueId = "frail";

    [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

/// <summary>A sequential queue that reads ahead.</summary>
internal sealed class AheadProcessors(Script script)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential, Prefetch = 20, DeliveryLimit = 1000)]
    public const string QueueId = "ahead";

    [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe)]
    public Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken) => script.RunAsync(job, cancellationToken);
}

using System.Reflection;
using BrokerQueues.Worker.Pipeline;

namespace BrokerQueues.Worker.Discovery;

/// <summary>Calls a processor: its target (null for a static method), the job, the token.</summary>
internal delegate ValueTask<TaskProcessingJobResult> ProcessorInvoker(object? target, ITaskProcessingJob job, CancellationToken cancellationToken);

/// <summary>One processor, found, checked and compiled.</summary>
internal sealed record ProcessorDescriptor : ITaskProcessorInfo
{
    public required string QueueId { get; init; }

    public required string TaskType { get; init; }

    public required MethodInfo Method { get; init; }

    /// <summary>The class to resolve for each execution; null for a static method.</summary>
    public required Type? TargetType { get; init; }

    /// <summary>The class of the directive; null where the processor does not look at it.</summary>
    public required Type? DirectiveType { get; init; }

    public required JobFactory CreateJob { get; init; }

    public required ProcessorInvoker Invoke { get; init; }

    public required TransactionMode TransactionMode { get; init; }

    /// <summary>How long one execution may take; null for no limit.</summary>
    public required TimeSpan? Timeout { get; init; }

    /// <summary>How old a task may become by being tried again; null for no limit.</summary>
    public TimeSpan? MaxAge { get; init; }

    public required int MaxRetries { get; init; }

    public required int MaxRequeues { get; init; }

    /// <summary>The method's rules, then its class's.</summary>
    public required IReadOnlyList<IReadOnlyList<TaskExceptionBehaviorAttribute>> ExceptionRules { get; init; }
}

using System.Reflection;

namespace BrokerQueues;

/// <summary>A task processor, as its worker has found it.</summary>
public interface ITaskProcessorInfo
{
    /// <summary>The queue whose tasks it processes, without the configured prefix.</summary>
    string QueueId { get; }

    /// <summary>The task type it processes.</summary>
    string TaskType { get; }

    /// <summary>The method marked <see cref="TaskProcessorAttribute"/>.</summary>
    MethodInfo Method { get; }

    /// <summary>The class of its directive; null where it does not look at it.</summary>
    Type? DirectiveType { get; }

    /// <summary>How its effects are tied to the completion of the task.</summary>
    TransactionMode TransactionMode { get; }

    /// <summary>How long one execution may take; null for no limit of its own.</summary>
    TimeSpan? Timeout { get; }
}

namespace BrokerQueues;

/// <summary>How one execution of a task ended, and so what becomes of its message.</summary>
public enum TaskProcessingJobResult
{
    /// <summary>Done: the message is acknowledged.</summary>
    Complete,

    /// <summary>
    /// Failed: requeued with backoff up to <see cref="TaskProcessorAttribute.MaxRequeues"/> times, then parked in
    /// <c>.failed</c> with its reason.
    /// </summary>
    Fail,

    /// <summary>Failed beyond repair: parked in <c>.fatal</c> with its reason at once.</summary>
    Fatal,

    /// <summary>Try again later: a new attempt after a backoff of at least a second, without a limit.</summary>
    Requeue,

    /// <summary>
    /// Try again at once, on this node, in a new scope; after <see cref="TaskProcessorAttribute.MaxRetries"/> times it is a
    /// <see cref="Fail"/>.
    /// </summary>
    Retry,

    /// <summary>No longer wanted: acknowledged without having been done.</summary>
    Cancel,

    /// <summary>Interrupted: put back unharmed, with no attempt counted, for this or another node.</summary>
    Abort,
}

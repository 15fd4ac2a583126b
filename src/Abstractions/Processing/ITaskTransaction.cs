namespace BrokerQueues;

/// <summary>What the action of a commit works in.</summary>
public interface ITaskTransaction
{
    /// <summary>The task whose work is committed: the natural key to make a write idempotent by.</summary>
    TaskId TaskId { get; }

    /// <summary>The queue the task came from.</summary>
    string QueueId { get; }

    /// <summary>The attempt that commits, from 1.</summary>
    int Attempt { get; }
}

namespace BrokerQueues.Broker.Status;

/// <summary>What the worker in the program knows of its queues; there is none in a program that only publishes. Answers at once.</summary>
internal interface IWorkerStatus
{
    /// <summary>Its queues, those too that it has disabled; null before it has begun to start.</summary>
    IReadOnlyList<TaskQueueStatus>? DescribeQueues();

    /// <summary>Why the process cannot go on by itself; null where it can.</summary>
    string? WhyNotAlive();
}

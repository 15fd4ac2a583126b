namespace BrokerQueues.Broker.Status;

/// <summary>The rule by which a program is ready: all that it is there for works.</summary>
internal static class Readiness
{
    /// <param name="publishing">The connection that publishes.</param>
    /// <param name="consuming">The connection that consumes.</param>
    /// <param name="queues">The queues of the worker.</param>
    /// <param name="isStarting">Whether there is a worker that has not begun to start.</param>
    public static (BrokerQueuesReadiness Readiness, IReadOnlyList<string> Reasons) Judge(
        BrokerConnectionStatus publishing, BrokerConnectionStatus consuming, IReadOnlyList<TaskQueueStatus> queues, bool isStarting)
    {
        var missing = new List<string>();
        if (isStarting)
        {
            missing.Add("The worker has not started yet.");
        }

        bool consumes = queues.Any(queue => queue.State != TaskQueueState.Disabled);
        AddMissing(publishing, isNeeded: !consumes && !isStarting, missing);
        AddMissing(consuming, isNeeded: consumes, missing);
        missing.AddRange(queues.Select(DescribeMissing).OfType<string>());
        if (missing.Count > 0)
        {
            return (BrokerQueuesReadiness.NotReady, missing);
        }

        // Another node would wait for the same alarm, and what is consumed goes on: no reason to take this one away.
        return publishing.State == BrokerConnectionState.Blocked || consuming.State == BrokerConnectionState.Blocked
            ? (BrokerQueuesReadiness.Degraded, [$"The broker takes no publishes because of an alarm ({publishing.Reason ?? consuming.Reason}). They wait until it clears; consuming goes on."])
            : (BrokerQueuesReadiness.Ready, []);
    }

    private static void AddMissing(BrokerConnectionStatus connection, bool isNeeded, List<string> missing)
    {
        string role = connection.Role == BrokerConnectionRole.Publishing ? "publishing" : "consuming";
        switch (connection.State)
        {
            case BrokerConnectionState.Idle when isNeeded:
                missing.Add($"The {role} connection has not been opened yet.");
                break;
            case BrokerConnectionState.Connecting or BrokerConnectionState.Closed:
                missing.Add($"The {role} connection is not open: {connection.Reason}.");
                break;
        }
    }

    private static string? DescribeMissing(TaskQueueStatus queue) => queue.State switch
    {
        TaskQueueState.Consuming or TaskQueueState.Disabled => null,
        TaskQueueState.Starting => $"Queue '{queue.QueueId}' is not consumed yet{Because(queue)}.",
        TaskQueueState.Halted => $"Queue '{queue.QueueId}' is halted{Because(queue)}.",
        TaskQueueState.Stopped => $"Queue '{queue.QueueId}' is no longer consumed{Because(queue)}.",
        _ => $"Queue '{queue.QueueId}' is not consumed{Because(queue)}.",
    };

    private static string Because(TaskQueueStatus queue) => queue.Reason is null ? "" : $": {queue.Reason.TrimEnd('.')}";
}

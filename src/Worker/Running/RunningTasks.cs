namespace BrokerQueues.Worker.Running;

/// <summary>A task that runs on this node.</summary>
/// <param name="TaskId">Its id.</param>
/// <param name="QueueId">Its queue.</param>
/// <param name="TaskType">Its type.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Age">For how long the present run has lasted.</param>
internal readonly record struct RunningTask(TaskId TaskId, string QueueId, string TaskType, int Attempt, TimeSpan Age);

/// <summary>What runs on this node at the moment.</summary>
internal sealed class RunningTasks(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly List<(string QueueId, TaskSlots Slots)> _queues = [];

    /// <summary>Adds a queue.</summary>
    public void Add(string queueId, TaskSlots slots)
    {
        lock (_gate)
        {
            _queues.Add((queueId, slots));
        }
    }

    /// <summary>How many run in each queue.</summary>
    public IReadOnlyList<(string QueueId, int Count)> Count()
    {
        (string QueueId, TaskSlots Slots)[] queues;
        lock (_gate)
        {
            queues = [.. _queues];
        }

        return [.. queues.Select(queue => (queue.QueueId, queue.Slots.Running().Count))];
    }

    /// <summary>A picture of what runs, the longest first.</summary>
    public IReadOnlyList<RunningTask> Snapshot()
    {
        (string QueueId, TaskSlots Slots)[] queues;
        lock (_gate)
        {
            queues = [.. _queues];
        }

        long now = time.GetTimestamp();
        return [.. queues
            .SelectMany(queue => queue.Slots.Running().Select(run =>
                new RunningTask(run.Task.TaskId, queue.QueueId, run.Task.TaskType, run.Task.Attempt, time.GetElapsedTime(run.Since, now))))
            .OrderByDescending(task => task.Age)];
    }
}

namespace BrokerQueues.Broker.Publishing;

/// <inheritdoc cref="ITaskManager"/>
internal sealed class TaskManager(ConfirmingPublisher publisher, TaskComposer composer, TaskPublishErrors errors, SendTelemetry? telemetry = null) : ITaskManager
{
    /// <summary>How many tasks of one bulk call are on their way; the connection's own bound holds for all callers together.</summary>
    private const int BulkWindow = 512;

    public Task<TaskId> AddTaskAsync(
        string queueId, string taskType, ITaskDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default) =>
        AddAsync(options?.TaskId ?? TaskId.New(), queueId, taskType, directive, options, isBroadcast: false, cancellationToken);

    public Task<TaskId> SendBroadcastAsync(
        string queueId, string taskType, ITaskDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default) =>
        AddAsync(options?.TaskId ?? TaskId.New(), queueId, taskType, directive, options, isBroadcast: true, cancellationToken);

    public async Task<IReadOnlyList<TaskId>> AddTasksAsync(IEnumerable<NewTask> tasks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        var ids = new List<TaskId>();
        var failures = new List<AddTaskFailure>();
        var onTheirWay = new Queue<(int Index, Task Publish)>(BulkWindow);
        Exception? unreadBecause = null;
        try
        {
            foreach (NewTask task in tasks)
            {
                if (onTheirWay.Count == BulkWindow)
                {
                    await CollectAsync(onTheirWay, ids, failures).ConfigureAwait(false);
                }

                // A token that fires ends the waiting for all; those not read yet are not added.
                cancellationToken.ThrowIfCancellationRequested();
                TaskId id = task.Options?.TaskId ?? TaskId.New();
                onTheirWay.Enqueue((ids.Count, AddAsync(id, task.QueueId, task.TaskType, task.Directive, task.Options, isBroadcast: false, cancellationToken)));
                ids.Add(id);
            }
        }
#pragma warning disable CA1031 // Whatever the caller's sequence throws, what has been published must still be accounted for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            unreadBecause = exception;
        }

        while (onTheirWay.Count > 0)
        {
            await CollectAsync(onTheirWay, ids, failures).ConfigureAwait(false);
        }

        if (failures.Count == 0 && unreadBecause is null)
        {
            return ids;
        }

        HashSet<int> failed = [.. failures.Select(failure => failure.Index)];
        throw new AddTasksException([.. ids.Where((_, index) => !failed.Contains(index))], failures, unreadBecause);
    }

    private static async Task CollectAsync(Queue<(int Index, Task Publish)> onTheirWay, List<TaskId> ids, List<AddTaskFailure> failures)
    {
        (int index, Task publish) = onTheirWay.Dequeue();
        try
        {
            await publish.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Every failure is reported with its task.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failures.Add(new AddTaskFailure(index, ids[index], exception));
        }
    }

    private Task<TaskId> AddAsync(
        TaskId id, string queueId, string taskType, ITaskDirective? directive, AddTaskOptions? options, bool isBroadcast, CancellationToken cancellationToken)
    {
        OutboundMessage message;
        try
        {
            message = isBroadcast
                ? composer.ComposeBroadcast(id, queueId, taskType, directive, options)
                : composer.Compose(id, queueId, taskType, directive, options);
        }
#pragma warning disable CA1031 // A mistake in one task of many is that task's failure and not the end of the sequence.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Task.FromException<TaskId>(exception);
        }

        return telemetry is { IsEnabled: true }
            ? PublishToldAsync(message, id, queueId, cancellationToken)
            : PublishAsync(message, id, queueId, cancellationToken);
    }

    private async Task<TaskId> PublishAsync(OutboundMessage message, TaskId id, string queueId, CancellationToken cancellationToken)
    {
        try
        {
            await publisher.PublishAsync(message, cancellationToken).ConfigureAwait(false);
            return id;
        }
        catch (PublishFailedException failed)
        {
            throw errors.Translate(failed, id, queueId);
        }
        catch (ObjectDisposedException)
        {
            throw new ObjectDisposedException(nameof(ITaskManager), $"Task {id} for queue '{queueId}' was not published: the program is shutting down.");
        }
    }

    private async Task<TaskId> PublishToldAsync(OutboundMessage message, TaskId id, string queueId, CancellationToken cancellationToken)
    {
        Sending sending = telemetry!.Begin(message);
        try
        {
            await PublishAsync(message, id, queueId, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            telemetry.End(in sending, exception);
            throw;
        }

        telemetry.End(in sending, failure: null);
        return id;
    }
}

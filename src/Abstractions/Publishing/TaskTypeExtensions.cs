namespace BrokerQueues;

/// <summary>Publishes tasks of a <see cref="TaskType{TDirective}"/>, so that queue, task type and payload belong together.</summary>
/// <remarks>Extensions, so that whatever implements or wraps <see cref="ITaskManager"/> gets these calls by its own three methods.</remarks>
public static class TaskTypeExtensions
{
    /// <summary>Adds a task to a concurrent or sequential queue.</summary>
    /// <typeparam name="TDirective">The directive.</typeparam>
    /// <param name="tasks">Publishes it.</param>
    /// <param name="type">The task type with its queue.</param>
    /// <param name="directive">The payload; null gives an empty body.</param>
    /// <param name="options">Delay, id, display name.</param>
    /// <param name="cancellationToken">Gives up waiting for the confirm.</param>
    /// <returns>The id of the task.</returns>
    /// <inheritdoc cref="ITaskManager.AddTaskAsync" path="/exception"/>
    public static Task<TaskId> AddTaskAsync<TDirective>(
        this ITaskManager tasks, TaskType<TDirective> type, TDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default)
        where TDirective : class, ITaskDirective
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(type);
        NewTask task = type.CreateTask(directive, options);
        return tasks.AddTaskAsync(task.QueueId, task.TaskType, task.Directive, task.Options, cancellationToken);
    }

    /// <summary>Adds many tasks of one type, several hundred on their way at a time, in the order given.</summary>
    /// <remarks>Tasks with options of their own: <see cref="ITaskManager.AddTasksAsync"/> with <see cref="TaskType{TDirective}.CreateTask"/>.</remarks>
    /// <typeparam name="TDirective">The directive.</typeparam>
    /// <param name="tasks">Publishes them.</param>
    /// <param name="type">The task type with its queue.</param>
    /// <param name="directives">The payloads; read as room becomes free, so the sequence may be long.</param>
    /// <param name="options">What is said of each of them: a delay, say.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The ids, in the order of <paramref name="directives"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="options"/> have a <see cref="AddTaskOptions.TaskId"/>, which only one task can have.</exception>
    /// <exception cref="AddTasksException">Some were not confirmed; it says which were.</exception>
    public static Task<IReadOnlyList<TaskId>> AddTasksAsync<TDirective>(
        this ITaskManager tasks, TaskType<TDirective> type, IEnumerable<TDirective> directives, AddTaskOptions? options = null, CancellationToken cancellationToken = default)
        where TDirective : class, ITaskDirective
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(directives);
        if (options?.TaskId is not null)
        {
            throw new ArgumentException("The options hold for all tasks, which cannot have one TaskId. Give each its own by AddTasksAsync(directives.Select(directive => type.CreateTask(directive, ...))).", nameof(options));
        }

        return tasks.AddTasksAsync(directives.Select(directive => type.CreateTask(directive, options)), cancellationToken);
    }

    /// <summary>Sends a task to every node that processes a broadcast queue. No listener is no error.</summary>
    /// <typeparam name="TDirective">The directive.</typeparam>
    /// <param name="tasks">Publishes it.</param>
    /// <param name="type">The task type with its broadcast queue.</param>
    /// <param name="directive">The payload; null gives an empty body.</param>
    /// <param name="options">Id and display name; a broadcast cannot be delayed.</param>
    /// <param name="cancellationToken">Gives up waiting for the confirm.</param>
    /// <returns>The id of the task.</returns>
    /// <inheritdoc cref="ITaskManager.SendBroadcastAsync" path="/exception"/>
    public static Task<TaskId> SendBroadcastAsync<TDirective>(
        this ITaskManager tasks, TaskType<TDirective> type, TDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default)
        where TDirective : class, ITaskDirective
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(type);
        NewTask task = type.CreateTask(directive, options);
        return tasks.SendBroadcastAsync(task.QueueId, task.TaskType, task.Directive, task.Options, cancellationToken);
    }
}

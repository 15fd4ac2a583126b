namespace BrokerQueues;

/// <summary>
/// A task type with its queue and its payload, said once for publishers and processors:
/// <c>public static readonly TaskType&lt;Order&gt; Upload = new(QueueId, "Upload");</c>.
/// </summary>
/// <remarks>
/// Kept in a static readonly field or a static property it is checked when a worker starts: a processor of the same queue and task type takes
/// an <see cref="ITaskProcessingJob{TDirective}"/> of the same directive. Looked for in the assemblies of the processors and in those that
/// <c>AddQueuesFromAssembly</c> names.
/// </remarks>
/// <typeparam name="TDirective">The directive.</typeparam>
/// <param name="queueId">The queue, without the configured prefix.</param>
/// <param name="name">The task type: the message's AMQP property <c>type</c>, 1 to 255 bytes of UTF-8.</param>
public sealed class TaskType<TDirective>(string queueId, string name)
    where TDirective : class, ITaskDirective
{
    /// <summary>The queue, without the configured prefix. It is checked when a task is published.</summary>
    public string QueueId { get; } = queueId;

    /// <summary>The task type. It is checked when a task is published.</summary>
    public string Name { get; } = name;

    /// <summary>Makes a task of this type, for <see cref="ITaskManager.AddTasksAsync"/>.</summary>
    /// <param name="directive">The payload; null gives an empty body.</param>
    /// <param name="options">Delay, id, display name.</param>
    /// <exception cref="ArgumentException"><paramref name="directive"/> is of a class that derives from <typeparamref name="TDirective"/>: a worker would read what it has in common with it, and lose the rest.</exception>
    public NewTask CreateTask(TDirective? directive = null, AddTaskOptions? options = null) =>
        directive is null || directive.GetType() == typeof(TDirective)
            ? new NewTask(QueueId, Name, directive, options)
            : throw new ArgumentException(
                $"The directive is a {directive.GetType().Name}, and the task type '{Name}' of queue '{QueueId}' says {typeof(TDirective).Name}, as which a worker would read it, and lose the rest. " +
                $"Send a {typeof(TDirective).Name}, or give {directive.GetType().Name} a task type of its own.",
                nameof(directive));

    /// <summary>Queue and task type, for people.</summary>
    public override string ToString() => $"{QueueId}/{Name}";
}

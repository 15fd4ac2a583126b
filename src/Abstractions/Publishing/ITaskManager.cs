namespace BrokerQueues;

/// <summary>Publishes tasks. Thread-safe; one for the whole program.</summary>
/// <remarks>
/// Every method returns only when the broker has confirmed that it keeps the message (publisher confirms). When a call
/// fails with <see cref="BrokerUnavailableException"/> or <see cref="BrokerBlockedException"/>, or is cancelled, the
/// message may still have arrived; repeating the call with the same <see cref="AddTaskOptions.TaskId"/> lets the processor
/// tell.
/// </remarks>
public interface ITaskManager
{
    /// <summary>Adds a task to a concurrent or sequential queue.</summary>
    /// <param name="queueId">The queue, without the configured prefix.</param>
    /// <param name="taskType">The task type, 1 to 255 bytes of UTF-8.</param>
    /// <param name="directive">The payload; null gives an empty body.</param>
    /// <param name="options">Delay, id, display name.</param>
    /// <param name="cancellationToken">Gives up waiting for the confirm.</param>
    /// <returns>The id of the task.</returns>
    /// <exception cref="ArgumentException">A name is empty or too long, the options contradict each other, or the directive cannot be written as JSON.</exception>
    /// <exception cref="InvalidOperationException">The program's <see cref="ITaskInitiatorProvider"/> threw, or said what is no initiator.</exception>
    /// <exception cref="TaskTooLargeException">The body is larger than <c>MaxBodySize</c>.</exception>
    /// <exception cref="TaskQueueNotFoundException">No such queue on the broker.</exception>
    /// <exception cref="TaskQueueFullException">The queue refused the task, as a rule for its length limit.</exception>
    /// <exception cref="BrokerUnavailableException">No confirm within <c>PublishTimeout</c>, for want of a connection.</exception>
    /// <exception cref="BrokerBlockedException">No confirm within <c>PublishTimeout</c>, for an alarm of the broker.</exception>
    /// <exception cref="TaskPublishException">The broker refused the message for another reason.</exception>
    Task<TaskId> AddTaskAsync(string queueId, string taskType, ITaskDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Adds many tasks, several hundred on their way at a time, in the order given.</summary>
    /// <param name="tasks">The tasks; read as room becomes free, so the sequence may be long.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The ids, in the order of <paramref name="tasks"/>.</returns>
    /// <exception cref="AddTasksException">Some were not confirmed; it says which were.</exception>
    Task<IReadOnlyList<TaskId>> AddTasksAsync(IEnumerable<NewTask> tasks, CancellationToken cancellationToken = default);

    /// <summary>Sends a task to every node that processes a broadcast queue. No listener is no error.</summary>
    /// <param name="queueId">The broadcast queue, without the configured prefix.</param>
    /// <param name="taskType">The task type, 1 to 255 bytes of UTF-8.</param>
    /// <param name="directive">The payload; null gives an empty body.</param>
    /// <param name="options">Id and display name; a broadcast cannot be delayed.</param>
    /// <param name="cancellationToken">Gives up waiting for the confirm.</param>
    /// <returns>The id of the task.</returns>
    /// <exception cref="ArgumentException">A name is empty or too long, a delay was asked for, or the directive cannot be written as JSON.</exception>
    /// <exception cref="InvalidOperationException">The program's <see cref="ITaskInitiatorProvider"/> threw, or said what is no initiator.</exception>
    /// <exception cref="TaskTooLargeException">The body is larger than <c>MaxBodySize</c>.</exception>
    /// <exception cref="TaskQueueNotFoundException">No worker has ever declared this broadcast.</exception>
    /// <exception cref="BrokerUnavailableException">No confirm within <c>PublishTimeout</c>, for want of a connection.</exception>
    /// <exception cref="BrokerBlockedException">No confirm within <c>PublishTimeout</c>, for an alarm of the broker.</exception>
    Task<TaskId> SendBroadcastAsync(string queueId, string taskType, ITaskDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default);
}

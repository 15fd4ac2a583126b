namespace BrokerQueues;

/// <summary>A task for <see cref="ITaskManager.AddTasksAsync"/>.</summary>
/// <param name="QueueId">The queue.</param>
/// <param name="TaskType">The task type.</param>
/// <param name="Directive">The payload; null gives an empty body.</param>
/// <param name="Options">What else is to be said of it.</param>
public sealed record NewTask(string QueueId, string TaskType, ITaskDirective? Directive = null, AddTaskOptions? Options = null);

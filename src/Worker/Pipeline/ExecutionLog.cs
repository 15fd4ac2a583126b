using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>What happens to tasks; all under the category BrokerQueues.Queue.</summary>
internal static partial class ExecutionLog
{
    [LoggerMessage(500, LogLevel.Debug, "Task {TaskId} of queue {QueueId} ({TaskType}), attempt {Attempt}: {Result}")]
    public static partial void Ended(ILogger logger, TaskId taskId, string queueId, string taskType, int attempt, TaskProcessingJobResult result);

    [LoggerMessage(501, LogLevel.Warning, "Task {TaskId} of queue {QueueId} ({TaskType}), attempt {Attempt}: {Result}, runs again in {Seconds:0.0} s. {Reason}")]
    public static partial void RunsAgain(
        ILogger logger, TaskId taskId, string queueId, string taskType, int attempt, TaskProcessingJobResult result, double seconds, string? reason, Exception? error);

    [LoggerMessage(502, LogLevel.Error, "Task {TaskId} of queue {QueueId} ({TaskType}), attempt {Attempt}: {Result}, parked in {Parking}. {Reason}")]
    public static partial void Parked(
        ILogger logger, TaskId taskId, string queueId, string taskType, int attempt, string result, string parking, string? reason, Exception? error);

    [LoggerMessage(503, LogLevel.Error, "Broadcast {TaskId} of {QueueId} ({TaskType}): {Result} on this node; it is not tried again. {Reason}")]
    public static partial void BroadcastFailed(ILogger logger, TaskId taskId, string queueId, string taskType, string result, string? reason, Exception? error);

    [LoggerMessage(504, LogLevel.Warning, "Task {TaskId} of queue {QueueId} ({TaskType}), attempt {Attempt}, was interrupted and goes back to its queue. {Reason}")]
    public static partial void Returned(ILogger logger, TaskId taskId, string queueId, string taskType, int attempt, string? reason);

    [LoggerMessage(505, LogLevel.Warning, "Task {TaskId} of queue {QueueId} ({TaskType}) ended as {Result}, but the channel it came on is gone: the broker delivers it again")]
    public static partial void Unsettled(ILogger logger, TaskId taskId, string queueId, string taskType, TaskProcessingJobResult result);

    [LoggerMessage(506, LogLevel.Warning, "Cleaning up after task {TaskId} of queue {QueueId} ({TaskType}) failed")]
    public static partial void DisposeFailed(ILogger logger, TaskId taskId, string queueId, string taskType, Exception error);

    [LoggerMessage(507, LogLevel.Critical, "A delivery of queue {QueueId} could not be handled; it goes back to its queue")]
    public static partial void HandlingFailed(ILogger logger, string queueId, Exception error);

    [LoggerMessage(512, LogLevel.Critical, "Task {TaskId} of queue {QueueId} ({TaskType}) could be neither handled nor parked with its reason; the broker dead-letters it")]
    public static partial void NotParked(ILogger logger, TaskId taskId, string queueId, string taskType, Exception error);

    [LoggerMessage(508, LogLevel.Error, "Queue {QueueId} is halted: {Count} task(s) lie in its parking queues. It goes on when they are moved, deleted or purged")]
    public static partial void Halted(ILogger logger, string queueId, long count);

    [LoggerMessage(509, LogLevel.Information, "Queue {QueueId} goes on: its parking queues are empty")]
    public static partial void Resumed(ILogger logger, string queueId);

    [LoggerMessage(515, LogLevel.Warning, "Whether queue {QueueId} is halted could not be found out; it is looked at again in {Seconds:0} s")]
    public static partial void HaltUnknown(ILogger logger, string queueId, double seconds);

    [LoggerMessage(510, LogLevel.Error, "{Provider} threw while it read error codes; the exception is judged without them")]
    public static partial void ErrorCodesFailed(ILogger logger, string provider, Exception error);

    [LoggerMessage(511, LogLevel.Warning, "Task {TaskId} of queue {QueueId} ({TaskType}), attempt {Attempt}: Retry {RetryCount} of {MaxRetries}, runs again at once. {Reason}")]
    public static partial void RunsAgainAtOnce(
        ILogger logger, TaskId taskId, string queueId, string taskType, int attempt, int retryCount, int maxRetries, string? reason, Exception? error);

    [LoggerMessage(516, LogLevel.Debug, "Broadcast {TaskId} of {QueueId} ({TaskType}) was sent by this node, which leaves it to the others")]
    public static partial void LeftToOthers(ILogger logger, string? taskId, string queueId, string? taskType);

    [LoggerMessage(514, LogLevel.Warning, "The broker itself has moved tasks of queue {QueueId} to its .failed: {Cause}")]
    public static partial void PolicyOverrules(ILogger logger, string queueId, string cause);
}

using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Settlement;

internal static partial class SettlementLog
{
    [LoggerMessage(400, LogLevel.Warning, "A task could not be moved on: {Error} It stays unsettled; next attempt in {Seconds:0.0} s")]
    public static partial void CopyFailed(ILogger logger, string error, double seconds);

    [LoggerMessage(401, LogLevel.Error, "Task {TaskId} of queue {QueueId} could not be moved on with its reason, and the broker dead-letters it instead: {Error}")]
    public static partial void CopyRefused(ILogger logger, TaskId taskId, string queueId, string error);

    [LoggerMessage(402, LogLevel.Warning, "{Target} of queue {QueueId} is missing on the broker; declaring it again")]
    public static partial void TargetMissing(ILogger logger, string target, string queueId);

    [LoggerMessage(403, LogLevel.Warning, "The topology of queue {QueueId} could not be repaired: {Error}")]
    public static partial void RepairFailed(ILogger logger, string queueId, string error);
}

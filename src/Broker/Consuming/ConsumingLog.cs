using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Consuming;

internal static partial class ConsumingLog
{
    [LoggerMessage(300, LogLevel.Information, "Consuming {QueueName}, prefetch {Prefetch}")]
    public static partial void Consuming(ILogger logger, string queueName, ushort prefetch);

    [LoggerMessage(307, LogLevel.Debug, "Consuming {QueueName} was renewed after an idle while, prefetch {Prefetch}")]
    public static partial void Renewed(ILogger logger, string queueName, ushort prefetch);

    [LoggerMessage(301, LogLevel.Warning, "Consuming {QueueName} ended: {Reason}. Running tasks of it are told to abort; subscribing again")]
    public static partial void Ended(ILogger logger, string queueName, string reason);

    [LoggerMessage(302, LogLevel.Warning, "Consuming {QueueName} failed: {Error}; next attempt in {Seconds:0.0} s")]
    public static partial void Failed(ILogger logger, string queueName, string error, double seconds);

    [LoggerMessage(303, LogLevel.Debug, "The channel of {QueueName} could not be left in order: {Error}")]
    public static partial void CancelFailed(ILogger logger, string queueName, string error);

    [LoggerMessage(304, LogLevel.Warning, "Broadcasts of {QueueName} sent between {From:O} and {To:O} did not reach this node: its queue lives only as long as its connection. Set NodeId to have them kept")]
    public static partial void BroadcastsMissed(ILogger logger, string queueName, DateTimeOffset from, DateTimeOffset to);

    [LoggerMessage(305, LogLevel.Debug, "The watchdog could not look at the queues: {Error}")]
    public static partial void WatchFailed(ILogger logger, string error);

    [LoggerMessage(306, LogLevel.Error, "{QueueName} has {Consumers} consumers: another node runs under the same NodeId, and each broadcast reaches only one of them. Give every node a NodeId of its own")]
    public static partial void NodeIdShared(ILogger logger, string queueName, uint consumers);

    [LoggerMessage(309, LogLevel.Warning, "What a processor of {QueueName} had registered with JobAborted failed")]
    public static partial void RegistrationFailed(ILogger logger, string queueName, Exception error);

    [LoggerMessage(310, LogLevel.Error, "No majority of the replicas of {QueueName} has answered over this broker node for {Seconds:0.0} s: it may be cut off from the others, and they hand the running task to another node. It is told to abort")]
    public static partial void NoMajority(ILogger logger, string queueName, double seconds);

    [LoggerMessage(311, LogLevel.Debug, "A question to the majority of {QueueName} failed, and is asked again: {Error}")]
    public static partial void NotAnswered(ILogger logger, string queueName, string error);
}

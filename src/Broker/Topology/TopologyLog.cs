using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Topology;

internal static partial class TopologyLog
{
    [LoggerMessage(700, LogLevel.Debug, "Comparing {Count} exchanges and queues with what stands on the broker")]
    public static partial void Comparing(ILogger logger, int count);

    [LoggerMessage(701, LogLevel.Information, "Declaring {Count} exchanges and queues that are missing on the broker")]
    public static partial void Declaring(ILogger logger, int count);

    [LoggerMessage(702, LogLevel.Information, "Still {Step} after {Seconds:0} s: {Done} of {Total} answered by the broker")]
    public static partial void StillAt(ILogger logger, string step, int done, int total, double seconds);

    [LoggerMessage(703, LogLevel.Warning, "Missing on the broker and declared again, with its bindings: {Objects}. What was in it is gone")]
    public static partial void Restored(ILogger logger, string objects);

    [LoggerMessage(704, LogLevel.Error, "What stands on the broker is not what this node needs; it goes on consuming. {Difference}")]
    public static partial void Differs(ILogger logger, string difference);

    [LoggerMessage(705, LogLevel.Warning, "What stands on the broker could not be compared: {Error}. It is tried again with the next connection")]
    public static partial void CompareFailed(ILogger logger, string error);

    [LoggerMessage(707, LogLevel.Warning, "The topology could not be declared yet: {Error}")]
    public static partial void StartFailed(ILogger logger, string error);

    [LoggerMessage(708, LogLevel.Error, "The bindings of this node's queues could not be made: {Error}. If all else exists the node consumes without; where a binding is missing, publishers are told that there is no task queue. Start a worker again when the cluster is whole")]
    public static partial void BindingsNotMade(ILogger logger, string error);

    [LoggerMessage(706, LogLevel.Information, "DeclareTopology is false; this node's own queue {QueueName} is declared all the same: nobody else can declare it")]
    public static partial void DeclaredOwn(ILogger logger, string queueName);
}

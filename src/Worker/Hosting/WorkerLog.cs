using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Hosting;

internal static partial class WorkerLog
{
    [LoggerMessage(600, LogLevel.Information, "Node {NodeId} consumes {Queues} queue(s) with {Processors} processor(s)")]
    public static partial void Started(ILogger logger, string nodeId, int queues, int processors);

    [LoggerMessage(601, LogLevel.Information, "Node {NodeId} is shutting down: it takes no more tasks")]
    public static partial void Stopping(ILogger logger, string nodeId);

    [LoggerMessage(602, LogLevel.Warning, "Tasks still run after the grace period of {Seconds:0.#} s; they are told to abort")]
    public static partial void Aborting(ILogger logger, double seconds);

    [LoggerMessage(603, LogLevel.Error, "Tasks still run {Seconds:0.#} s after they were told to abort; they are abandoned, and the broker hands them to another node: {Tasks}")]
    public static partial void Abandoning(ILogger logger, double seconds, string tasks);

    [LoggerMessage(604, LogLevel.Information, "Node {NodeId} has stopped")]
    public static partial void Stopped(ILogger logger, string nodeId);

    [LoggerMessage(605, LogLevel.Warning, "HostOptions.ShutdownTimeout is {Actual:0.#} s, and twice ShutdownGracePeriod with closing needs {Needed:0.#} s: raise the one or lower the other, or tasks will be cut off")]
    public static partial void HostTimeoutTooShort(ILogger logger, double actual, double needed);

    [LoggerMessage(609, LogLevel.Warning, "Left out: {What}")]
    public static partial void LeftOut(ILogger logger, string what);

    [LoggerMessage(607, LogLevel.Warning, "Stopped before the worker had started: {Standing}")]
    public static partial void StoppedBeforeStart(ILogger logger, string standing);

    [LoggerMessage(610, LogLevel.Warning, "The broker has not let go of all queues within {Seconds:0.#} s; the rest is left to it, and goes back to the queues when it sees the connection end")]
    public static partial void LeftBehind(ILogger logger, double seconds);

    [LoggerMessage(611, LogLevel.Error, "{Service} could not be stopped in order")]
    public static partial void ServiceNotStopped(ILogger logger, string service, Exception error);

    [LoggerMessage(612, LogLevel.Information, "Node {NodeId} does not consume the queue {QueueId}: it is disabled by its settings")]
    public static partial void QueueDisabled(ILogger logger, string nodeId, string queueId);

    [LoggerMessage(613, LogLevel.Warning, "All queues of node {NodeId} are disabled by their settings: it consumes nothing")]
    public static partial void AllQueuesDisabled(ILogger logger, string nodeId);
}

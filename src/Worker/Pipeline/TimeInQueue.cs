using BrokerQueues.Broker.Wire;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>How long a task has waited to be started for the first time.</summary>
internal static class TimeInQueue
{
    private const long MillisecondsPerSecond = 1000;

    /// <summary>
    /// From its publish to now; null where that says nothing of the queue: for further attempts and runs, for what was put back, moved by hand or
    /// delivered before, for delayed tasks, and where the publisher has not said when.
    /// </summary>
    public static TimeSpan? Of(TaskExecution execution, DateTimeOffset now) =>
        execution is { RetryCount: 0, Delivery.Redelivered: false, Task: { Attempt: 1, Aborts: 0, Redrives: 0 } task } &&
        // The mark of the delay ladder.
        task.Properties.Headers?.ContainsKey(TaskHeaders.Death) != true &&
        PublishedAt(task) is { } publishedAt
            // The clocks of two machines may differ.
            ? TimeSpan.FromTicks(Math.Max(0, (now - publishedAt).Ticks))
            : null;

    /// <summary>
    /// AMQP's timestamp has whole seconds, rounded down. The id that our publisher makes (a UUIDv7) has the milliseconds; it is believed where it fits the
    /// timestamp, for a caller may give an id that was made at another time.
    /// </summary>
    private static DateTimeOffset? PublishedAt(TaskMessage task)
    {
        if (task.CreatedAt is not { } second)
        {
            return null;
        }

        if (!Guid.TryParseExact(task.TaskId.Value, "D", out Guid id) || id.Version != 7)
        {
            return second;
        }

        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        long milliseconds = 0;
        foreach (byte part in bytes[..6])
        {
            milliseconds = (milliseconds << 8) | part;
        }

        return Math.Abs(milliseconds - second.ToUnixTimeMilliseconds()) <= MillisecondsPerSecond ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : second;
    }
}

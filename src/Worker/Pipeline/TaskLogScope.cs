using System.Collections;
using System.Globalization;
using BrokerQueues.Broker.Wire;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>What stands on every line that is logged while a processor runs: <c>TaskId</c>, <c>QueueId</c>, <c>TaskType</c>, <c>Attempt</c>.</summary>
internal sealed class TaskLogScope(string queueId, TaskMessage task) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 4;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("TaskId", task.TaskId.Value),
        1 => new("QueueId", queueId),
        2 => new("TaskType", task.TaskType),
        3 => new("Attempt", task.Attempt),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <summary>Begins it; null where nobody logs at all.</summary>
    public static IDisposable? Begin(ILogger logger, string queueId, TaskMessage task) =>
        logger.IsEnabled(LogLevel.Critical) ? logger.BeginScope(new TaskLogScope(queueId, task)) : null;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"TaskId:{task.TaskId.Value} QueueId:{queueId} TaskType:{task.TaskType} Attempt:{task.Attempt}");
}

using System.Text;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Wire;

/// <summary>A message as the task it stands for: its properties and headers read and checked.</summary>
internal sealed class TaskMessage
{
    private const int MaxTraceParentBytes = 512;

    private TaskMessage(TaskId taskId, string taskType, int attempt, int redrives, int aborts, IReadOnlyBasicProperties properties)
    {
        TaskId = taskId;
        TaskType = taskType;
        Attempt = attempt;
        Redrives = redrives;
        Aborts = aborts;
        Properties = properties;
    }

    public TaskId TaskId { get; }

    public string TaskType { get; }

    public int Attempt { get; }

    public int Redrives { get; }

    public int Aborts { get; }

    public IReadOnlyBasicProperties Properties { get; }

    public string? DisplayName => TaskHeaders.ReadText(Properties.Headers, TaskHeaders.DisplayName);

    public string? CorrelationId => Properties.CorrelationId;

    /// <summary>Null also where a foreign publisher has written what is no initiator: no reason not to run the task, and none to hand it on.</summary>
    public string? Initiator => TaskHeaders.ReadText(Properties.Headers, TaskHeaders.Initiator) is { } text && TaskInitiator.FindFault(text) is null ? text : null;

    public string? TraceParent => TaskHeaders.ReadText(Properties.Headers, TaskHeaders.TraceParent);

    public string? TraceState => TaskHeaders.ReadText(Properties.Headers, TaskHeaders.TraceState);

    public DateTimeOffset? CreatedAt
    {
        get
        {
            // A foreign publisher may write milliseconds, or nonsense: no reason not to run the task.
            long seconds = Properties.Timestamp.UnixTime;
            return Properties.IsTimestampPresent() && seconds is > 0 and < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        }
    }

    /// <summary>The same task with other counts: it runs again without having left its node.</summary>
    public TaskMessage With(int attempt, int aborts) => new(TaskId, TaskType, attempt, Redrives, aborts, Properties);

    /// <summary>Reads a message.</summary>
    /// <param name="properties">Its properties.</param>
    /// <param name="queueName">The queue it came from, to tell a message that an operator has put back.</param>
    /// <param name="message">The task; null where the message cannot be understood.</param>
    /// <returns>What cannot be understood, or null where all is well.</returns>
    public static string? TryRead(IReadOnlyBasicProperties properties, string queueName, out TaskMessage? message)
    {
        message = null;
        IDictionary<string, object?>? headers = properties.Headers;

        if (string.IsNullOrEmpty(properties.Type))
        {
            return "The message has no type. Set the AMQP property 'type' to the task type.";
        }

        if (!IsJson(properties.ContentType))
        {
            return properties.ContentType is null or ""
                ? "The message has no content type. Set the AMQP property 'content_type' to 'application/json'."
                : $"The content type is '{Shorten(properties.ContentType)}'. Only 'application/json' is understood.";
        }

        long attempt = 1;
        long redrives = 0;
        long aborts = 0;
        if (headers is not null)
        {
            if (ReadCount(headers, TaskHeaders.Attempt, minimum: 1, ref attempt) is { } badAttempt)
            {
                return badAttempt;
            }

            if (ReadCount(headers, TaskHeaders.Redrives, minimum: 0, ref redrives) is { } badRedrives)
            {
                return badRedrives;
            }

            if (ReadCount(headers, TaskHeaders.Aborts, minimum: 0, ref aborts) is { } badAborts)
            {
                return badAborts;
            }

            if (headers.TryGetValue(TaskHeaders.TraceParent, out object? trace) && trace is byte[] { Length: > MaxTraceParentBytes } bytes)
            {
                return $"The header '{TaskHeaders.TraceParent}' has {bytes.Length} bytes; W3C trace context needs 55. Leave it out or correct it.";
            }

            if (WasMovedByHand(headers, queueName))
            {
                attempt = 1;
                redrives++;
                aborts = 0;
            }
        }

        if (ReadId(properties) is not { } taskId)
        {
            return "The property 'message_id' is not UTF-8. Use a text of at most 255 bytes of UTF-8, such as a UUID, or leave it out.";
        }

        message = new TaskMessage(taskId, properties.Type, (int)attempt, (int)redrives, (int)aborts, properties);
        return null;
    }

    /// <summary>The id of the task; a new one where the publisher gave none, null where it cannot be an id.</summary>
    public static TaskId? ReadId(IReadOnlyBasicProperties properties) =>
        string.IsNullOrEmpty(properties.MessageId) ? TaskId.New()
        // Bytes that are no UTF-8 have been read as replacement characters, three bytes each.
        : Encoding.UTF8.GetByteCount(properties.MessageId) > TaskId.MaxBytes ? null
        : new TaskId(properties.MessageId);

    /// <summary>
    /// A task that comes back after it was given up: with our result on it, or with the broker's mark that it was given up in this
    /// very queue. One that only waited too long (expired), or had no room (maxlen), was not: it goes on where it was. (The marks of
    /// the delay ladder name the ladder's queues.)
    /// </summary>
    private static bool WasMovedByHand(IDictionary<string, object?> headers, string queueName)
    {
        if (headers.ContainsKey(TaskHeaders.Result))
        {
            return true;
        }

        if (!headers.TryGetValue(TaskHeaders.Death, out object? value) || value is not List<object> deaths)
        {
            return false;
        }

        foreach (object entry in deaths)
        {
            if (entry is IDictionary<string, object?> death &&
                TaskHeaders.ReadText(death, "queue") == queueName &&
                TaskHeaders.ReadText(death, "reason") is "rejected" or "delivery_limit")
            {
                return true;
            }
        }

        return false;
    }

    private static string? ReadCount(IDictionary<string, object?> headers, string name, int minimum, ref long count)
    {
        if (!headers.TryGetValue(name, out object? value))
        {
            return null;
        }

        if (TaskHeaders.AsInteger(value) is { } number && number >= minimum && number < int.MaxValue)
        {
            count = number;
            return null;
        }

        string shown = TaskHeaders.AsText(value) ?? Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "nothing";
        return $"The header '{name}' is '{Shorten(shown)}'; it must be a whole number from {minimum}. Leave it out or correct it.";
    }

    private static bool IsJson(string? contentType)
    {
        const string Json = "application/json";
        if (contentType is null || !contentType.StartsWith(Json, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> rest = contentType.AsSpan(Json.Length).Trim();
        return rest.IsEmpty || rest.Equals("; charset=utf-8", StringComparison.OrdinalIgnoreCase) || rest.Equals(";charset=utf-8", StringComparison.OrdinalIgnoreCase);
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "...";
}

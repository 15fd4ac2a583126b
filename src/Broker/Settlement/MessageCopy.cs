using System.Text;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Wire;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Settlement;

/// <summary>Makes the copy of a message that is published before the original is acknowledged.</summary>
internal static class MessageCopy
{
    private const int MaxStackBytes = 8 * 1024;
    private const int MaxMessageBytes = 2 * 1024;

    /// <summary>A header table that does not fit into one frame (128 KiB) closes the connection, so stay clear of it.</summary>
    private const int MaxHeaderBytes = 96 * 1024;

    /// <summary>The properties for another try. The task keeps its id and all its publisher said of it.</summary>
    public static BasicProperties ForRequeue(IReadOnlyBasicProperties original, TaskId taskId, int attempt, int redrives, int aborts)
    {
        BasicProperties copy = Copy(original, taskId);
        Set(copy, TaskHeaders.Attempt, attempt, attempt > 1);
        Set(copy, TaskHeaders.Redrives, redrives, redrives > 0);
        Set(copy, TaskHeaders.Aborts, aborts, aborts > 0);
        DropWhatDoesNotFit(copy.Headers!);
        return copy;
    }

    /// <summary>The properties for a parking queue, with all that an operator needs to read.</summary>
    public static BasicProperties ForParking(
        IReadOnlyBasicProperties original, TaskId taskId, FailureDetails failure, string originQueue, string nodeId, DateTimeOffset failedAt)
    {
        BasicProperties copy = Copy(original, taskId);
        IDictionary<string, object?> headers = copy.Headers!;
        headers[TaskHeaders.Result] = failure.Result;
        headers[TaskHeaders.ErrorMessage] = ShortString.Truncate(failure.ErrorMessage, MaxMessageBytes);
        if (failure.ErrorType is not null)
        {
            headers[TaskHeaders.ErrorType] = ShortString.Truncate(failure.ErrorType, MaxMessageBytes);
        }

        if (failure.ErrorStack is not null)
        {
            headers[TaskHeaders.ErrorStack] = ShortString.Truncate(failure.ErrorStack, MaxStackBytes);
        }

        headers[TaskHeaders.FailedAt] = failedAt.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        headers[TaskHeaders.FailedNode] = nodeId;
        headers[TaskHeaders.OriginQueue] = originQueue;
        headers[TaskHeaders.Attempts] = failure.Attempts;
        headers[TaskHeaders.Redrives] = failure.Redrives;
        DropWhatDoesNotFit(headers);
        return copy;
    }

    private static BasicProperties Copy(IReadOnlyBasicProperties original, TaskId taskId)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, object? value) in original.Headers ?? new Dictionary<string, object?>())
        {
            // CC and BCC are addresses: a copy with them would go to further queues.
            if (!TaskHeaders.BelongsToOneDelivery(name) && name is not ("CC" or "BCC"))
            {
                headers[name] = value;
            }
        }

        // Left out: user_id, which the broker refuses from any account but the one it names, and expiration, with which a
        // parked task would vanish and a delayed one come early.
        return new BasicProperties
        {
            Type = ShortString.Shorten(original.Type),
            MessageId = taskId.Value,
            ContentType = ShortString.Shorten(original.ContentType),
            ContentEncoding = ShortString.Shorten(original.ContentEncoding),
            CorrelationId = ShortString.Shorten(original.CorrelationId),
            ReplyTo = ShortString.Shorten(original.ReplyTo),
            AppId = ShortString.Shorten(original.AppId),
            Timestamp = original.Timestamp,
            Priority = original.Priority,
            DeliveryMode = DeliveryModes.Persistent,
            Headers = headers,
        };
    }

    private static void Set(BasicProperties properties, string header, int value, bool needed)
    {
        if (needed)
        {
            properties.Headers![header] = value;
        }
        else
        {
            properties.Headers!.Remove(header);
        }
    }

    private static void DropWhatDoesNotFit(IDictionary<string, object?> headers)
    {
        var sizes = headers.Select(header => (header.Key, Size: Size(header.Key) + Size(header.Value))).ToList();
        int total = sizes.Sum(header => header.Size);
        if (total <= MaxHeaderBytes)
        {
            return;
        }

        // The publisher's own go first, the largest before the others: the reason is what an operator needs.
        var dropped = new List<string>();
        foreach ((string name, int size) in sizes.OrderBy(header => header.Key.StartsWith("bq-", StringComparison.Ordinal)).ThenByDescending(header => header.Size))
        {
            headers.Remove(name);
            dropped.Add(name);
            total -= size;
            if (total <= MaxHeaderBytes)
            {
                break;
            }
        }

        headers[TaskHeaders.DroppedHeaders] = ShortString.Truncate(string.Join(", ", dropped), MaxMessageBytes);
    }

    private static int Size(object? value) => value switch
    {
        null => 1,
        string text => 5 + Encoding.UTF8.GetByteCount(text),
        byte[] bytes => 5 + bytes.Length,
        IDictionary<string, object?> table => 5 + table.Sum(entry => Size(entry.Key) + Size(entry.Value)),
        IEnumerable<object?> list => 5 + list.Sum(Size),
        _ => 9,
    };
}

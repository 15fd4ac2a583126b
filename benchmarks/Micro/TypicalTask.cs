using System.Text;
using BrokerQueues.Broker.Wire;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>Message properties as the client hands them out: texts in headers are bytes.</summary>
internal static class TypicalTask
{
    public const string Queue = "orders";

    public const string Type = "Send";

    /// <summary>What our own publisher writes under a trace, and what else a message has by now.</summary>
    public static BasicProperties Properties(params (string Name, object? Value)[] more)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [TaskHeaders.SentBy] = Text("shop-7c9f"),
            [TaskHeaders.TraceParent] = Text("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        };
        foreach ((string name, object? value) in more)
        {
            headers[name] = value;
        }

        return new BasicProperties
        {
            Type = Type,
            MessageId = "019353f0-5b1e-7c43-9d2a-3f0f6c1b8e55",
            ContentType = "application/json",
            Timestamp = new AmqpTimestamp(1_700_000_000),
            Headers = headers,
        };
    }

    /// <summary>A benchmark of a message that is refused would time the refusal.</summary>
    public static TaskMessage Read(IReadOnlyBasicProperties properties) =>
        TaskMessage.TryRead(properties, Queue, out TaskMessage? task) is { } wrong ? throw new InvalidOperationException(wrong) : task!;

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}

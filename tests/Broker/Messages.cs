using System.Text;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests;

/// <summary>Builds message properties as the client hands them out.</summary>
internal static class Messages
{
    public static BasicProperties Task(params (string Name, object? Value)[] headers) => new()
    {
        Type = "Send",
        MessageId = "task-1",
        ContentType = "application/json",
        Headers = headers.Length == 0 ? null : headers.ToDictionary(header => header.Name, header => header.Value),
    };

    /// <summary>AMQP strings arrive as bytes.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static List<object> Deaths(params (string Queue, string Reason)[] deaths) => [.. deaths.Select(death => new Dictionary<string, object?>
    {
        ["queue"] = Bytes(death.Queue),
        ["reason"] = Bytes(death.Reason),
        ["count"] = 1L,
    })];
}

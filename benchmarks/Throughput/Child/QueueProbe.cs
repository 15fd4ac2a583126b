using System.Diagnostics;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Throughput.Child;

/// <summary>Looks at queues over a connection of its own, so that no contender is asked about itself.</summary>
internal sealed class QueueProbe : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(15);

    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private QueueProbe(IConnection connection, IChannel channel)
    {
        _connection = connection;
        _channel = channel;
    }

    public static async Task<QueueProbe> OpenAsync(Uri uri)
    {
        IConnection connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        return new QueueProbe(connection, await connection.CreateChannelAsync());
    }

    /// <summary>Deletes the queues and the exchanges of these names. To delete what is not there is no error.</summary>
    public static async Task RemoveAsync(Uri uri, IEnumerable<string> names)
    {
        await using QueueProbe probe = await OpenAsync(uri);
        foreach (string name in names)
        {
            await probe._channel.QueueDeleteAsync(name);
            await probe._channel.ExchangeDeleteAsync(name);
        }
    }

    public Task PurgeAsync(string queue) => _channel.QueuePurgeAsync(queue);

    /// <summary>Waits until nobody consumes and exactly so many messages are there.</summary>
    /// <remarks>Without consumers the broker has back all that was delivered and not acknowledged.</remarks>
    public async Task ExpectAsync(string queue, int messages)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            QueueDeclareOk found = await _channel.QueueDeclarePassiveAsync(queue);
            if (found.ConsumerCount == 0 && found.MessageCount == messages)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(began) > s_deadline)
            {
                throw new InvalidOperationException($"The queue {queue} has {found.MessageCount} messages and {found.ConsumerCount} consumers; {messages} and none were expected.");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>The size of the body of the first message; the message is taken away.</summary>
    public async Task<int> TakeBodyAsync(string queue) =>
        await _channel.BasicGetAsync(queue, autoAck: true) is { } message ? message.Body.Length : throw new InvalidOperationException($"The queue {queue} is empty.");

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.CloseAsync();
        await _connection.DisposeAsync();
    }
}

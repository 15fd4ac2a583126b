using System.Text;
using BrokerQueues.Samples.DocumentVault.Importing;
using BrokerQueues.Samples.DocumentVault.Publishing;
using BrokerQueues.Samples.DocumentVault.Recording;
using RabbitMQ.Client;

namespace BrokerQueues.Samples.DocumentVault;

/// <summary>A task that lies in a parking queue, with what an operator would read in its headers.</summary>
internal sealed record ParkedTask(string Queue, Expectation Kind, string TaskId, string Result, string? ErrorType, string Reason, string? Node, int Attempts);

/// <summary>Looks into the parking queues as any AMQP program can, and leaves them as they are.</summary>
internal sealed class ParkingQueues : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly (string Queue, Expectation Kind)[] _queues;

    private ParkingQueues(IConnection connection, string prefix)
    {
        _connection = connection;
        _queues =
        [
            .. new[] { ImportProcessor.QueueId, LedgerProcessor.QueueId }.SelectMany(queue => new[]
            {
                ($"{prefix}{queue}.failed", Expectation.Failed),
                ($"{prefix}{queue}.fatal", Expectation.Fatal),
                ($"{prefix}{queue}.incompatible", Expectation.Incompatible),
            }),
        ];
    }

    public static async Task<ParkingQueues> ConnectAsync(Uri uri, string prefix, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory { Uri = uri, ClientProvidedName = "document-vault look into parking queues" };
        return new ParkingQueues(await factory.CreateConnectionAsync(cancellationToken), prefix);
    }

    /// <summary>How many tasks lie in all of them.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        await using IChannel channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
        uint count = 0;
        foreach ((string queue, _) in _queues)
        {
            count += await channel.MessageCountAsync(queue, cancellationToken);
        }

        return (int)count;
    }

    public async Task<IReadOnlyList<ParkedTask>> ReadAsync(CancellationToken cancellationToken)
    {
        var tasks = new List<ParkedTask>();
        // Got and never acknowledged: when the channel closes, the broker puts all of them back.
        await using IChannel channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
        foreach ((string queue, Expectation kind) in _queues)
        {
            while (await channel.BasicGetAsync(queue, autoAck: false, cancellationToken) is { } message)
            {
                tasks.Add(Read(queue, kind, message.BasicProperties));
            }
        }

        return tasks;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static ParkedTask Read(string queue, Expectation kind, IReadOnlyBasicProperties properties) => new(
        queue,
        kind,
        properties.MessageId ?? "",
        Text(properties, "bq-result") ?? "",
        Text(properties, "bq-error-type"),
        Text(properties, "bq-error-message") ?? "",
        Text(properties, "bq-failed-node"),
        properties.Headers?.TryGetValue("bq-attempts", out object? attempts) == true && attempts is int number ? number : 0);

    private static string? Text(IReadOnlyBasicProperties properties, string header) =>
        properties.Headers?.TryGetValue(header, out object? value) == true && value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : null;
}

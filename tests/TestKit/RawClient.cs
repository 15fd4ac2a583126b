using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.TestKit;

/// <summary>The broker seen with RabbitMQ.Client by hand: what another program would do to it.</summary>
public sealed class RawClient : IAsyncDisposable
{
    private RawClient(IConnection connection) => Connection = connection;

    public IConnection Connection { get; }

    public static async Task<RawClient> ConnectAsync(Uri? uri = null)
    {
        var factory = new ConnectionFactory { Uri = uri ?? TestBroker.Shared.Uri, AutomaticRecoveryEnabled = false, ClientProvidedName = "test" };
        return new RawClient(await factory.CreateConnectionAsync());
    }

    public static BasicProperties TaskProperties(string type, string? messageId = null) => new()
    {
        Type = type,
        ContentType = "application/json",
        MessageId = messageId ?? Guid.NewGuid().ToString(),
        DeliveryMode = DeliveryModes.Persistent,
        Headers = new Dictionary<string, object?>(),
    };

    /// <summary>Publishes with a confirm, to the exchange and key of a queue.</summary>
    public Task PublishAsync(string queueName, string type, string body, string? messageId = null) =>
        PublishAsync(queueName, TaskProperties(type, messageId), Encoding.UTF8.GetBytes(body));

    public async Task PublishAsync(string queueName, BasicProperties properties, byte[] body, string? exchange = null, string? routingKey = null)
    {
        await using IChannel channel = await Connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.BasicPublishAsync(exchange ?? queueName, routingKey ?? queueName, mandatory: false, properties, body);
    }

    /// <summary>How many messages are ready; null where the queue does not exist.</summary>
    public async Task<uint?> CountAsync(string queueName) => (await InspectAsync(queueName))?.MessageCount;

    public async Task<uint?> ConsumersAsync(string queueName) => (await InspectAsync(queueName))?.ConsumerCount;

    /// <summary>Takes the first message out; null where there is none.</summary>
    public async Task<RawMessage?> TakeAsync(string queueName)
    {
        await using IChannel channel = await Connection.CreateChannelAsync();
        BasicGetResult? result = await channel.BasicGetAsync(queueName, autoAck: true);
        return result is null ? null : new RawMessage(new BasicProperties(result.BasicProperties), result.Body.ToArray());
    }

    /// <summary>Waits for a message and takes it out.</summary>
    public async Task<RawMessage> ReceiveAsync(string queueName, TimeSpan? deadline = null)
    {
        RawMessage? message = null;
        await Eventually.TrueAsync(async () => (message = await TakeAsync(queueName)) is not null, $"a message in {queueName}", deadline);
        return message!;
    }

    public async Task DeleteQueueAsync(string queueName)
    {
        await using IChannel channel = await Connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(queueName);
    }

    public async ValueTask DisposeAsync() => await Connection.DisposeAsync();

    private async Task<QueueDeclareOk?> InspectAsync(string queueName)
    {
        await using IChannel channel = await Connection.CreateChannelAsync();
        try
        {
            return await channel.QueueDeclarePassiveAsync(queueName);
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == 404)
        {
            return null;
        }
    }
}

/// <summary>A message taken out of a queue.</summary>
public sealed record RawMessage(BasicProperties Properties, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Properties.Headers is { } headers && headers.TryGetValue(name, out object? value)
        ? value switch { byte[] bytes => Encoding.UTF8.GetString(bytes), null => null, _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) }
        : null;
}

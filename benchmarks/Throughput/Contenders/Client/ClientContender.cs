using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Client;

/// <summary>What a careful user of RabbitMQ.Client writes by hand.</summary>
/// <remarks>
/// Tried, interleaved, and found no faster within the noise: AsyncEventingBasicConsumer instead of a consumer of its own (0.2 KB more a task); a channel
/// for each of 64 callers instead of one for all; with 16 tasks at a time, dispatching one at a time to a handler that does nothing. The last
/// would compare unequal things, since a handler that waits then holds up all others: the concurrency is the same for everyone.
/// </remarks>
internal sealed class ClientContender(string name, Uri uri, string prefix, IClientBody body, bool ourTopology = false) : IContender
{
    private const string ContentType = "application/json";

    // The client's default limiter (128) slows a window of 512 down; the window is the limit here.
    private static readonly CreateChannelOptions s_confirms = new(
        publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);

    private readonly HashSet<string> _queues = new(StringComparer.Ordinal);
    private IConnection? _publishing;
    private IConnection? _consuming;
    private IChannel? _publisher;

    public async Task<string> PrepareAsync(Scenario scenario)
    {
        var factory = new ConnectionFactory { Uri = uri };
        // Apart, because a blocked publish would hold up acknowledgements.
        _publishing ??= await factory.CreateConnectionAsync();
        _consuming ??= await factory.CreateConnectionAsync();
        _publisher ??= await _publishing.CreateChannelAsync(s_confirms);
        string queue = QueueOf(scenario);
        if (_queues.Add(queue))
        {
            var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };
            if (ourTopology)
            {
                await _publisher.ExchangeDeclareAsync(queue, ExchangeType.Direct, durable: true);
                arguments["x-delivery-limit"] = 20;
                arguments["x-dead-letter-exchange"] = queue;
                arguments["x-dead-letter-routing-key"] = $"{queue}.failed";
                arguments["x-dead-letter-strategy"] = "at-least-once";
                arguments["x-overflow"] = "reject-publish";
            }

            if (scenario.Sequential)
            {
                arguments["x-single-active-consumer"] = true;
            }

            await _publisher.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments);
            if (ourTopology)
            {
                await _publisher.QueueBindAsync(queue, queue, queue);
            }
        }

        return queue;
    }

    public Task PublishAllAsync(Scenario scenario, int tasks) => Window.RunAsync(tasks, number => PublishAsync(scenario, number, null));

    public Task PublishAsync(Scenario scenario, int number, long? sentAt)
    {
        var properties = new BasicProperties
        {
            Type = Payloads.TypeOf(scenario, number),
            MessageId = Guid.CreateVersion7().ToString(),
            ContentType = ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Timestamp = new AmqpTimestamp(DateTimeOffset.UtcNow.ToUnixTimeSeconds()),
        };
        string queue = QueueOf(scenario);
        return _publisher!.BasicPublishAsync(ourTopology ? queue : "", queue, mandatory: true, properties, body.Write(scenario, number, sentAt)).AsTask();
    }

    public async Task<IConsumption> CreateConsumptionAsync(Scenario scenario, Executions executions)
    {
        var options = new CreateChannelOptions(
            publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false, consumerDispatchConcurrency: (ushort)scenario.Concurrency);
        IChannel channel = await _consuming!.CreateChannelAsync(options);
        await channel.BasicQosAsync(0, scenario.Prefetch, global: false);
        return new Consumption(channel, QueueOf(scenario), new ClientConsumer(channel, body, executions));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string queue in _queues)
        {
            await _publisher!.QueueDeleteAsync(queue);
            if (ourTopology)
            {
                await _publisher!.ExchangeDeleteAsync(queue);
            }
        }

        foreach (IConnection? connection in new[] { _publishing, _consuming })
        {
            if (connection is not null)
            {
                await connection.CloseAsync();
                await connection.DisposeAsync();
            }
        }
    }

    private string QueueOf(Scenario scenario) => $"{prefix}{name}.{scenario.Id}";

    private sealed class Consumption(IChannel channel, string queue, ClientConsumer consumer) : IConsumption
    {
        private string? _tag;

        public async Task StartAsync() => _tag = await channel.BasicConsumeAsync(queue, autoAck: false, consumer);

        public async ValueTask DisposeAsync()
        {
            if (_tag is not null)
            {
                await channel.BasicCancelAsync(_tag);
            }

            await channel.CloseAsync();
            await channel.DisposeAsync();
        }
    }
}

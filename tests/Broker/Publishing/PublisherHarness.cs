using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>A publisher over a <see cref="ScriptedBroker"/>, which here confirms only what a test confirms, and a clock that the test moves.</summary>
internal sealed class PublisherHarness : IAsyncDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    private readonly ILoggerFactory _loggers;

    public PublisherHarness(int maxOutstandingConfirms = 1000)
    {
        Broker.Confirms = _ => Confirmation.None;
        var options = new BrokerQueuesOptions { NodeId = "n1", PublishTimeout = Timeout, MaxOutstandingConfirms = maxOutstandingConfirms };
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Log));
        Connections = new BrokerConnections(
            new FixedOptions(options), new NodeIdentity(Options.Create(options)), Time, _loggers,
            open: (factory, _, token) => Broker.ConnectAsync(factory.ClientProvidedName!, token));
        Publisher = new ConfirmingPublisher(Connections, Options.Create(options), Time, _loggers);
    }

    public ScriptedBroker Broker { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public LogLines Log { get; } = new();

    public BrokerConnections Connections { get; }

    public ConfirmingPublisher Publisher { get; }

    public FakeConnection Connection => Broker.Newest("publishing");

    /// <summary>The channels over which anything was published, in order.</summary>
    public IReadOnlyList<FakeChannel> Channels => [.. Broker.Asked.Where(asked => asked.Request is Publish).Select(asked => asked.Channel).Distinct()];

    /// <summary>The ids of all messages that were sent, in order.</summary>
    public string Sent => Ids(Broker.Asked.Select(asked => asked.Request));

    public static string Ids(IEnumerable<Request> requests) => string.Join(' ', requests.OfType<Publish>().Select(publish => publish.Properties.MessageId));

    public static OutboundMessage Message(string id, string exchange = "orders", ReadOnlyMemory<byte> body = default) =>
        new(exchange, exchange, Mandatory: true, new BasicProperties { MessageId = id }, body);

    public Task PublishAsync(string id, string exchange = "orders") => Publisher.PublishAsync(Message(id, exchange), CancellationToken.None);

    /// <summary>Publishes, and returns when the last of them has been sent.</summary>
    public async Task<Task[]> PublishAndSendAsync(params string[] ids)
    {
        Task[] publishes = [.. ids.Select(id => PublishAsync(id))];
        await UntilSentAsync(ids[^1]);
        return publishes;
    }

    /// <summary>Returns when this one has been sent so many times.</summary>
    public Task UntilSentAsync(string id, int times = 1) => Eventually.TrueAsync(() => Sent.Split(' ').Count(sent => sent == id) >= times, $"{id} to be sent {times} times");

    /// <summary>Moves the clock until something holds.</summary>
    public Task<TimeSpan> PassUntilAsync(Func<bool> condition, string what) =>
        Passing.UntilAsync(Time, Time.Advance, TimeSpan.FromMilliseconds(50), condition, () => $"{what}. Sent: {Sent}. Logged last:\n{Log.Last()}");

    /// <summary>Moves the clock until it has ended, and throws what it throws.</summary>
    public async Task PassUntilAsync(Task ended, string what)
    {
        await PassUntilAsync(() => ended.IsCompleted, what);
        await ended;
    }

    /// <summary>Lets a moment of the clock pass, and before and after it all that can happen happen: for what must not.</summary>
    public async Task PassAMomentAsync()
    {
        DateTimeOffset then = Time.GetUtcNow() + TimeSpan.FromMilliseconds(100);
        await PassUntilAsync(() => Time.GetUtcNow() >= then, "a moment");
    }

    public async ValueTask DisposeAsync()
    {
        await PassUntilAsync(Publisher.DisposeAsync().AsTask(), "the publisher to be disposed");
        await PassUntilAsync(Connections.DisposeAsync().AsTask(), "the connections to be disposed");
        _loggers.Dispose();
    }
}

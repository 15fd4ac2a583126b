using System.Collections.Concurrent;
using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Connection;

/// <summary>A connection over a <see cref="ScriptedBroker"/> with several hosts, and a clock that the test moves.</summary>
internal sealed class ConnectionHarness : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;
    private readonly ConcurrentQueue<Attempt> _attempts = new();

    /// <param name="hosts">Addresses, of which nobody has to be asked; where there is none, 127.0.0.1.</param>
    public ConnectionHarness(params string[] hosts)
        : this(credentials: null, hosts)
    {
    }

    public ConnectionHarness(IBrokerCredentials? credentials, params string[] hosts)
    {
        Options = new BrokerQueuesOptions { Uri = new Uri("amqp://shop:first@127.0.0.1/"), Hosts = hosts, NodeId = "n1", MaxReconnectDelay = TimeSpan.FromSeconds(8) };
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Log));
        Connection = new BrokerConnection(
            ConnectionRole.Consuming, new Current(() => Options), credentials, new NodeIdentity(Microsoft.Extensions.Options.Options.Create(Options)), Time, _loggers, OpenAsync);
    }

    /// <summary>Read anew at each attempt.</summary>
    public BrokerQueuesOptions Options { get; set; }

    public ScriptedBroker Broker { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public LogLines Log { get; } = new();

    public BrokerConnection Connection { get; }

    /// <summary>All attempts to connect, in order.</summary>
    public IReadOnlyList<Attempt> Attempts => [.. _attempts];

    /// <summary>What an address does before it accepts.</summary>
    public Func<string, CancellationToken, Task> Answers { get; set; } = (_, _) => Task.CompletedTask;

    public static Task Refuses() => Task.FromException(new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.ConnectionRefused));

    public static Task IsSilent(CancellationToken token) => Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, TimeProvider.System, token);

    public async Task<FakeConnection> ConnectAsync()
    {
        Task<IConnection> connecting = Connection.GetAsync(CancellationToken.None);
        await PassUntilAsync(() => connecting.IsCompleted, "a connection");
        return (FakeConnection)await connecting;
    }

    public Task<TimeSpan> PassUntilAsync(Func<bool> condition, string what) => Passing.UntilAsync(
        Time, Time.Advance, TimeSpan.FromMilliseconds(50), condition, () => $"{what}. Attempts: {string.Join(", ", _attempts)}. Logged last:\n{Log.Last()}");

    /// <summary>Lets a moment of the clock pass, and before and after it all that can happen happen: for what must not.</summary>
    public async Task PassAMomentAsync()
    {
        DateTimeOffset then = Time.GetUtcNow() + TimeSpan.FromMilliseconds(100);
        await PassUntilAsync(() => Time.GetUtcNow() >= then, "a moment");
    }

    public async ValueTask DisposeAsync()
    {
        Task disposing = Connection.DisposeAsync().AsTask();
        await PassUntilAsync(() => disposing.IsCompleted, "the connection to be disposed");
        await disposing;
        _loggers.Dispose();
    }

    private async Task<IConnection> OpenAsync(ConnectionFactory factory, AmqpTcpEndpoint endpoint, CancellationToken cancellationToken)
    {
        _attempts.Enqueue(new Attempt(endpoint.HostName, factory.Password, Time.GetUtcNow()));
        await Answers(endpoint.HostName, cancellationToken);
        return await Broker.ConnectAsync(endpoint.HostName, cancellationToken);
    }

    private sealed class Current(Func<BrokerQueuesOptions> options) : IOptionsMonitor<BrokerQueuesOptions>
    {
        public BrokerQueuesOptions CurrentValue => options();

        public BrokerQueuesOptions Get(string? name) => options();

        public IDisposable? OnChange(Action<BrokerQueuesOptions, string?> listener) => null;
    }

    internal sealed record Attempt(string Address, string Password, DateTimeOffset At);
}

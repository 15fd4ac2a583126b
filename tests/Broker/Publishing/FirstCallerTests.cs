using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Publishing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>The loop that sends and the supervision of its connection start with the first publish, and once lived in that caller's context for ever.</summary>
public sealed class FirstCallerTests : IAsyncDisposable
{
    private readonly AsyncLocal<object?> _ofTheRequest = new();
    private readonly ScopeSink _log = new();
    private readonly ILoggerFactory _loggers;
    private readonly BrokerConnections _connections;
    private readonly ConfirmingPublisher _publisher;

    public FirstCallerTests()
    {
        // Port 1 refuses, so the connection goes on being tried.
        IOptions<BrokerQueuesOptions> options = Options.Create(
            new BrokerQueuesOptions { Uri = new("amqp://127.0.0.1:1"), PublishTimeout = TimeSpan.FromMilliseconds(300), MaxReconnectDelay = TimeSpan.FromSeconds(1) });
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_log));
        _connections = new BrokerConnections(new FixedOptions(options.Value), new NodeIdentity(options), TimeProvider.System, _loggers);
        _publisher = new ConfirmingPublisher(_connections, options, TimeProvider.System, _loggers);
    }

    public async ValueTask DisposeAsync()
    {
        await _publisher.DisposeAsync();
        await _connections.DisposeAsync();
        _loggers.Dispose();
    }

    [Fact]
    public async Task Nothing_of_the_first_callers_context_lives_on_in_what_his_publish_started()
    {
        WeakReference kept = await Task.Run(PublishAsync);

        int seen = _log.Lines.Count;
        long began = Stopwatch.GetTimestamp();
        while (kept.IsAlive || _log.Lines.Count <= seen + 1)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2), kept.IsAlive ? "the first caller's AsyncLocal is still held" : "no more attempts");
            await Task.Delay(20);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.All(_log.Lines, line => Assert.DoesNotContain("request 1", line, StringComparison.Ordinal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<WeakReference> PublishAsync()
    {
        using IDisposable? scope = _loggers.CreateLogger("user").BeginScope("request 1");
        object large = new byte[1000];
        _ofTheRequest.Value = large;
        var message = new OutboundMessage("orders", "orders", Mandatory: true, new BasicProperties { MessageId = "t-1" }, default);
        PublishFailedException failed = await Assert.ThrowsAsync<PublishFailedException>(() => _publisher.PublishAsync(message, CancellationToken.None));
        Assert.Equal(PublishFailure.Unconfirmed, failed.Failure);
        _ofTheRequest.Value = null;
        return new WeakReference(large);
    }

    /// <summary>Keeps each line with the scopes it was logged in.</summary>
    private sealed class ScopeSink : ILoggerProvider, ISupportExternalScope, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();
        private IExternalScopeProvider _scopes = null!;

        public IReadOnlyCollection<string> Lines => _lines;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scopes = new List<object?>();
            _scopes.ForEachScope((scope, all) => all.Add(scope), scopes);
            _lines.Enqueue($"{formatter(state, exception)} [{string.Join(", ", scopes)}]");
        }

        public void Dispose()
        {
        }
    }
}

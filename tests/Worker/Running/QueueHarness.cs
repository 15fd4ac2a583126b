using System.Reflection;
using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>
/// A worker with one queue, over a <see cref="ScriptedBroker"/> and a clock that the test moves. The only place that knows how a worker is put together: tests
/// speak of what is seen at the channel, of copies, of what the processor sees, and of the log.
/// </summary>
internal sealed class QueueHarness : IAsyncDisposable
{
    public const string TaskType = "Do";

    private readonly IHost _host;
    private readonly LogLines _log = new();
    private Task? _stopping;

    public QueueHarness(Kind kind, Action<IServiceCollection>? services = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Eventually.Deadline);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton(Script);
        builder.Services.AddSingleton<OpenConnection>((factory, _, token) => Broker.ConnectAsync(factory.ClientProvidedName!, token));
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_log);
        Type processors = kind switch
        {
            Kind.Concurrent => typeof(ConcurrentQueueOfTests),
            Kind.Sequential => typeof(SequentialQueueOfTests),
            Kind.SequentialAhead => typeof(SequentialAheadQueueOfTests),
            Kind.SequentialTail => typeof(SequentialTailQueueOfTests),
            Kind.Halting => typeof(HaltingQueueOfTests),
            Kind.BroadcastFromOthers => typeof(BroadcastFromOthersQueueOfTests),
            _ => typeof(BroadcastQueueOfTests),
        };
        Queue = (string)processors.GetField("Queue")!.GetRawConstantValue()!;
        builder.Services
            .AddBrokerQueues(options =>
            {
                options.Uri = new Uri("amqp://guest:guest@127.0.0.1/");
                options.Heartbeat = Heartbeat;
                options.MaxReconnectDelay = MaxPause;
                options.NodeId = kind == Kind.Broadcast ? null : "n1";
            })
            .AddWorker(worker => worker.AddProcessorsFrom(processors));
        services?.Invoke(builder.Services);
        _host = builder.Build();
    }

    public IServiceProvider Services => _host.Services;

    public static TimeSpan Heartbeat => TimeSpan.FromSeconds(10);

    public static TimeSpan MaxPause => TimeSpan.FromSeconds(10);

    public ScriptedBroker Broker { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public Script Script { get; } = new();

    /// <summary>The id of the queue, which is also its name and that of its exchange.</summary>
    public string Queue { get; }

    /// <summary>The channels over which the queue was subscribed to, in order. What asks by subscribing, behind all other consumers, is not among them.</summary>
    public IReadOnlyList<FakeChannel> Subscriptions =>
        [.. Broker.Asked.Where(asked => asked.Request is Consume { Priority: null }).Select(asked => asked.Channel).Distinct()];

    /// <summary>The channel of the newest subscription.</summary>
    public FakeChannel Channel => Subscriptions[^1];

    public FakeConnection Consuming => Broker.Newest("consuming");

    /// <summary>What was published, in order.</summary>
    public IReadOnlyList<Publish> Copies => [.. Broker.Asked.Select(asked => asked.Request).OfType<Publish>()];

    /// <summary>Warnings and worse.</summary>
    public IReadOnlyList<string> Warnings => _log.Warnings;

    /// <summary>Starts it with a healthy broker, where it consumes at once.</summary>
    public static async Task<QueueHarness> StartAsync(Kind kind, Func<ITaskProcessingJob, CancellationToken, Task<TaskProcessingJobResult>>? does = null)
    {
        var harness = new QueueHarness(kind);
        harness.Script.Does = does ?? harness.Script.Does;
        await harness.StartAsync();
        return harness;
    }

    public static Task<QueueHarness> StartAsync(Kind kind, TaskProcessingJobResult result) => StartAsync(kind, (_, _) => Task.FromResult(result));

    /// <summary>Returns when the worker has started.</summary>
    public Task StartAsync() => _host.StartAsync().WaitAsync(Eventually.Deadline);

    /// <summary>The broker delivers a task over the newest subscription, or over another.</summary>
    public Task<ulong> DeliverAsync(
        string id = "task-1", FakeChannel? over = null, bool redelivered = false, string type = TaskType, string body = "{}", params (string Name, object? Value)[] headers) =>
        (over ?? Channel).DeliverAsync(Queue, Properties(id, type, headers), System.Text.Encoding.UTF8.GetBytes(body), redelivered);

    /// <summary>The same of one that cannot be copied, so many times: what fails then is neither the processor nor the broker.</summary>
    public Task<ulong> DeliverBrittleAsync(int failures, bool redelivered = false, params (string Name, object? Value)[] headers) =>
        Channel.DeliverAsync(Queue, BrittleProperties.Of(Properties("task-1", TaskType, headers), failures), "{}"u8.ToArray(), redelivered);

    private static BasicProperties Properties(string id, string type, (string Name, object? Value)[] headers) => new()
    {
        Type = type,
        MessageId = id,
        ContentType = "application/json",
        Headers = headers.ToDictionary(header => header.Name, header => header.Value),
    };

    public static Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(condition, what);

    public Task UntilSubscribedAsync(int times) => UntilAsync(() => Subscriptions.Count >= times, $"subscription {times}");

    /// <summary>Returns when a warning with this in it has been logged.</summary>
    public Task UntilWarnedAsync(string text) => UntilAsync(() => Warnings.Any(warning => warning.Contains(text, StringComparison.Ordinal)), $"a warning: {text}");

    /// <summary>Moves the clock, a step at a time, until something holds; each step only when nothing more seems to happen without it.</summary>
    /// <returns>How much time passed by the clock.</returns>
    public Task<TimeSpan> PassUntilAsync(Func<bool> condition, string what, TimeSpan? step = null) =>
        Passing.UntilAsync(Time, Time.Advance, step ?? TimeSpan.FromMilliseconds(100), condition, () => $"{what}. Logged last:\n{_log.Last()}");

    /// <summary>Moves the clock so far, in steps.</summary>
    public Task PassAsync(TimeSpan time, TimeSpan? step = null)
    {
        DateTimeOffset until = Time.GetUtcNow() + time;
        return PassUntilAsync(() => Time.GetUtcNow() >= until, "time to pass", step);
    }

    /// <summary>The node begins to shut down.</summary>
    public Task BeginStop() => _stopping ??= Task.Run(() => _host.StopAsync());

    /// <summary>Shuts the node down, and returns when it has; time passes as long as it takes.</summary>
    public async Task StopAsync()
    {
        Task stopping = BeginStop();
        await PassUntilAsync(() => stopping.IsCompleted, "the worker to stop");
        await stopping;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_host is IAsyncDisposable disposable)
        {
            Task disposing = disposable.DisposeAsync().AsTask();
            await PassUntilAsync(() => disposing.IsCompleted, "the host to be disposed of");
            await disposing;
        }
    }

    /// <summary>Properties of which one that only a copy of the message needs cannot be read, so many times.</summary>
#pragma warning disable CA1852 // DispatchProxy derives from it.
    internal class BrittleProperties : DispatchProxy
#pragma warning restore CA1852
    {
        private IReadOnlyBasicProperties _properties = null!;
        private int _failures;

        public static IReadOnlyBasicProperties Of(IReadOnlyBasicProperties properties, int failures)
        {
            IReadOnlyBasicProperties proxy = Create<IReadOnlyBasicProperties, BrittleProperties>();
            ((BrittleProperties)(object)proxy)._properties = properties;
            ((BrittleProperties)(object)proxy)._failures = failures;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == "get_ReplyTo" && Interlocked.Decrement(ref _failures) >= 0
                ? throw new InvalidOperationException("nobody foresaw it")
                : targetMethod.Invoke(_properties, args);
    }
}

using BrokerQueues.Broker;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using BrokerQueues.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace BrokerQueues.Integration.Tests;

/// <summary>A test with a prefix, and so with queues, of its own on the shared broker.</summary>
public abstract class BrokerTest : IAsyncLifetime
{
    private readonly List<IHost> _hosts = [];
    private readonly List<TopologyPart> _declared = [];
    private IHost? _publisher;

    protected string Prefix { get; } = $"t{Guid.NewGuid().ToString("N")[..8]}.";

    /// <summary>The broker of the test.</summary>
    protected virtual Uri Uri => TestBroker.Shared.Uri;

    protected RawClient Raw { get; private set; } = null!;

    internal BrokerNames Names => new(Prefix);

    /// <summary>A program that only publishes.</summary>
    protected ITaskManager Tasks
    {
        get
        {
            _publisher ??= CreateHost(options => options.ApplicationName = "publisher", null, new LogSink());
            return _publisher.Services.GetRequiredService<ITaskManager>();
        }
    }

    protected static ITaskManager TasksOf(TestNode node) => node.Host.Services.GetRequiredService<ITaskManager>();

    public async Task InitializeAsync() => Raw = await RawClient.ConnectAsync(Uri);

    public async Task DisposeAsync()
    {
        foreach (IHost host in _hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }

        _publisher?.Dispose();
        await DeleteTopologyAsync();
        await Raw.DisposeAsync();
    }

    /// <summary>After the broker has been down.</summary>
    protected async Task ConnectRawAgainAsync()
    {
        await Raw.DisposeAsync();
        Raw = await RawClient.ConnectAsync(Uri);
    }

    protected string Queue(string queueId) => Names.Queue(queueId);

    /// <summary>Starts a worker node in this process.</summary>
    protected async Task<TestNode> StartNodeAsync<TProcessors>(
        string? nodeId = null, Action<BrokerQueuesOptions>? broker = null, Action<WorkerBuilder>? worker = null, Action<IServiceCollection>? services = null,
        Func<ITaskProcessingJob<ScriptDirective>, CancellationToken, Task<TaskProcessingJobResult>>? onRun = null)
        where TProcessors : class
    {
        var script = new Script(nodeId ?? "node");
        if (onRun is not null)
        {
            // Where tasks already wait: the node runs the first before its starter hears of the start.
            script.OnRun = onRun;
        }

        return await StartNodeAsync(
            script,
            options =>
            {
                options.NodeId = nodeId;
                options.ApplicationName = $"{Prefix}{nodeId}";
                broker?.Invoke(options);
            },
            builder =>
            {
                builder.AddProcessorsFrom<TProcessors>();
                builder.Configure(options => options.ShutdownGracePeriod = TimeSpan.FromSeconds(2));
                worker?.Invoke(builder);
            },
            services);
    }

    protected async Task<TestNode> StartNodeAsync(Script script, Action<BrokerQueuesOptions> broker, Action<WorkerBuilder> worker, Action<IServiceCollection>? services = null)
    {
        var log = new LogSink();
        IHost host = CreateHost(broker, worker, log, collection =>
        {
            collection.AddSingleton(script);
            services?.Invoke(collection);
        });
        _hosts.Add(host);
        await host.StartAsync();
        return new TestNode(host, script, log);
    }

    protected async Task StopAsync(TestNode node)
    {
        _hosts.Remove(node.Host);
        await node.Host.StopAsync();
        node.Host.Dispose();
    }

    /// <summary>Declares a task queue as a worker would, without one; its objects are deleted after the test.</summary>
    internal async Task DeclareAsync(QueueDefinition queue, string? except = null)
    {
        IHost host = CreateHost(_ => { }, null, new LogSink());
        TopologyPart shared = TaskQueueTopology.Shared(queue, Names);
        TopologyPart[] parts = [DelayLadder.Topology(Names), shared with { Queues = [.. shared.Queues.Where(spec => spec.Name != except)] }];
        _declared.Add(shared);
        await host.Services.GetRequiredService<TopologyDeclarer>().EnsureAsync(Raw.Connection, parts, BindingScope.All, default);
        host.Dispose();
    }

    protected IHost CreateHost(Action<BrokerQueuesOptions> broker, Action<WorkerBuilder>? worker, LogSink log, Action<IServiceCollection>? services = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        services?.Invoke(builder.Services);
        BrokerQueuesBuilder queues = builder.Services.AddBrokerQueues(options =>
        {
            options.Uri = Uri;
            options.Prefix = Prefix;

            // A publish may take its time on a machine that is busy; a test of the timeout sets its own.
            options.PublishTimeout = Eventually.Deadline;
            broker(options);
        });
        if (worker is not null)
        {
            queues.AddWorker(worker);
        }

        return builder.Build();
    }

    private async Task DeleteTopologyAsync()
    {
        string[] ids =
        [
            TypedContractTests.ContractProcessors.QueueId, HostileProcessorTests.NeedyProcessors.QueueId, FailedHandlingTests.MoodyProcessors.QueueId, ConcurrentProcessors.QueueId, SequentialProcessors.QueueId, TailProcessors.QueueId, HaltProcessors.QueueId, BroadcastProcessors.QueueId, OthersProcessors.QueueId, FragileProcessors.QueueId, AheadProcessors.QueueId, FrailProcessors.QueueId,
        ];
        IEnumerable<TopologyPart> parts = ids
            .Select(id => TaskQueueTopology.Shared(new QueueDefinition { QueueId = id }, Names))
            .Append(DelayLadder.Topology(Names))
            .Concat(_declared);
        await using IChannel channel = await Raw.Connection.CreateChannelAsync();
        foreach (TopologyPart part in parts)
        {
            // No waiting for each answer: hundreds of objects stand behind a test class.
            foreach (QueueSpec queue in part.Queues)
            {
                await channel.QueueDeleteAsync(queue.Name, ifUnused: false, ifEmpty: false, noWait: true);
            }

            foreach (ExchangeSpec exchange in part.Exchanges)
            {
                await channel.ExchangeDeleteAsync(exchange.Name, ifUnused: false, noWait: true);
            }
        }

        foreach (string nodeId in new[] { "a", "b", "c" })
        {
            await channel.QueueDeleteAsync(Names.BroadcastQueue(BroadcastProcessors.QueueId, nodeId), ifUnused: false, ifEmpty: false, noWait: true);
            await channel.QueueDeleteAsync(Names.BroadcastQueue(OthersProcessors.QueueId, nodeId), ifUnused: false, ifEmpty: false, noWait: true);
        }

        await channel.CloseAsync();
    }
}

using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Own;

/// <summary>
/// BrokerQueues by its public API. Processors are <see cref="TransactionMode.Unsafe"/>, since no contender has transactions; those of the queue
/// with the defaults are not.
/// </summary>
internal sealed class OwnContender(Uri uri, string prefix, bool withMetrics = false) : IContender
{
    private const int LadderLevels = 28;

    private static readonly TimeSpan s_exportInterval = TimeSpan.FromSeconds(5);

    private readonly HashSet<string> _queueIds = new(StringComparer.Ordinal);
    private IHost? _publisher;
    private ITaskManager? _tasks;

    public async Task<string> PrepareAsync(Scenario scenario)
    {
        if (_publisher is null)
        {
            _publisher = Hosts.Build(services => AddMetrics(services).AddBrokerQueues(SetOptions));
            await _publisher.StartAsync();
            _tasks = _publisher.Services.GetRequiredService<ITaskManager>();
        }

        (string queueId, _) = QueueOf(scenario);
        if (_queueIds.Add(queueId))
        {
            // Workers declare queues; a publisher finds them.
            await using IConsumption declares = await CreateConsumptionAsync(scenario, new Executions(0, scenario.WaitMilliseconds));
            await declares.StartAsync();
        }

        return prefix + queueId;
    }

    public Task PublishAllAsync(Scenario scenario, int tasks)
    {
        (string queueId, _) = QueueOf(scenario);
        return _tasks!.AddTasksAsync(Enumerable.Range(0, tasks).Select(number => new NewTask(queueId, Payloads.TypeOf(scenario, number), Payloads.Of(scenario, number))));
    }

    public Task PublishAsync(Scenario scenario, int number, long? sentAt) => _tasks!.AddTaskAsync(
        QueueOf(scenario).Id, Payloads.TypeOf(scenario, number), sentAt is { } at ? Payloads.Stamped(at) : Payloads.Of(scenario, number));

    public Task<IConsumption> CreateConsumptionAsync(Scenario scenario, Executions executions)
    {
        (_, Type processors) = QueueOf(scenario);
        IHost host = Hosts.Build(services => AddMetrics(services)
            .AddSingleton(executions)
            .AddBrokerQueues(SetOptions)
            .AddWorker(worker => worker.AddProcessorsFrom(processors).Configure(options => options.MaxTotalConcurrency = 200)));
        return Task.FromResult<IConsumption>(new HostConsumption(host));
    }

    public async ValueTask DisposeAsync()
    {
        if (_publisher is not null)
        {
            await _publisher.StopAsync();
            _publisher.Dispose();
        }

        if (_queueIds.Count > 0)
        {
            await RemoveTopologyAsync();
        }
    }

    private IServiceCollection AddMetrics(IServiceCollection services)
    {
        if (withMetrics)
        {
            services.AddOpenTelemetry().WithMetrics(metrics => metrics
                .AddBrokerQueuesInstrumentation()
                .AddReader(_ => new PeriodicExportingMetricReader(new NoExporter(), (int)s_exportInterval.TotalMilliseconds)));
        }

        return services;
    }

    private void SetOptions(BrokerQueues.Broker.BrokerQueuesOptions options)
    {
        options.Uri = uri;
        options.Prefix = prefix;
    }

    private (string Id, Type Processors) QueueOf(Scenario scenario) => scenario switch
    {
        { Sequential: true, Prefetch: 1 } => (OwnQueues.Sequential1, typeof(Sequential1Processors)),
        { Sequential: true } => (OwnQueues.Sequential200, typeof(Sequential200Processors)),
        { TaskTypes: > 1 } => (OwnQueues.Mixed, typeof(MixedProcessors)),
        { Concurrency: 5, Prefetch: 10 } => (OwnQueues.Defaults, typeof(DefaultsProcessors)),
        { Concurrency: 1 } => (OwnQueues.At1, typeof(At1Processors)),
        { Concurrency: 10 } => (OwnQueues.At10, typeof(At10Processors)),
        { Concurrency: 16 } => (OwnQueues.At16, typeof(At16Processors)),
        { Concurrency: 200 } => (OwnQueues.At200, typeof(At200Processors)),
        _ => throw new InvalidOperationException($"No queue is declared for concurrency {scenario.Concurrency}."),
    };

    // The names are part of the documented contract with operators.
    private Task RemoveTopologyAsync()
    {
        IEnumerable<string> shared = Enumerable.Range(0, LadderLevels).Select(level => $"bq.delay.{level:00}").Append("bq.undeliverable").Append("bq.delay.deliver");
        IEnumerable<string> parking = _queueIds.SelectMany(id => new[] { $"{id}.failed", $"{id}.fatal", $"{id}.incompatible" });
        return QueueProbe.RemoveAsync(uri, [.. _queueIds.Concat(shared).Concat(parking).Select(name => prefix + name)]);
    }

    /// <summary>Metrics are collected, and go nowhere.</summary>
    private sealed class NoExporter : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }
}

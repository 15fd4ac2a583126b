using BrokerQueues.Broker;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Puts a node together out of what was found: for each queue its subscription, gates and steps, and what runs beside them.</summary>
internal sealed class NodeComposition(
    IServiceProvider services,
    IServiceScopeFactory scopes,
    IEnumerable<MiddlewareRegistration> middleware,
    IOptions<WorkerOptions> workerOptions,
    IOptions<BrokerQueuesOptions> brokerOptions,
    BrokerConnections connections,
    TopologyKeeper topology,
    QueueInspector inspector,
    BrokerNames names,
    NodeIdentity node,
    CopyPublisher copies,
    IDirectiveSerializer directives,
    ExceptionClassifier classifier,
    RunningTasks running,
    NodeStatus status,
    ExecutionInstruments instruments,
    ParkingCounter parked,
    TelemetryErrors telemetryErrors,
    TimeProvider time,
    ILoggerFactory loggers)
{
    private readonly ILogger _log = loggers.CreateGuarded("BrokerQueues.Queue");

    /// <summary>The runners of all queues; nothing is started.</summary>
    public IReadOnlyList<QueueRunner> ComposeQueues(ProcessorCatalog catalog)
    {
        var policy = new ResultPolicy(workerOptions.Value, Random.Shared.NextDouble);
        var runners = catalog.Queues.ToDictionary(queue => queue, queue => ComposeQueue(queue, catalog, policy));
        status.Composed(runners, catalog.DisabledQueues);
        return [.. runners.Values];
    }

    /// <summary>What runs beside the queues, in the order in which it starts.</summary>
    public IReadOnlyList<INodeService> ComposeServices(IReadOnlyList<QueueRunner> runners)
    {
        var watchdog = new ConsumerWatchdog([.. runners.Select(runner => runner.Consumer)], connections.Consuming, brokerOptions.Value.Heartbeat, time, _log);
        status.Watched(watchdog);
        return [new WatchdogService(watchdog)];
    }

    private QueueRunner ComposeQueue(QueueDefinition queue, ProcessorCatalog catalog, ResultPolicy policy)
    {
        var subscription = SubscriptionSpec.Of(queue, names, node);
        var settler = new DeliverySettler(subscription, copies, names, node, parked, time);
        var telemetry = new ExecutionTelemetry(names.Queue(queue.QueueId), instruments, connections.Consuming, node, time, telemetryErrors);
        var runner = new QueueRunner(
            subscription, queue.MaxConcurrency, ComposePipeline(queue, catalog, policy, settler, telemetry), new FailedHandling(subscription, names, settler, _log), settler,
            ComposeGates(queue), telemetry, time, _log, sink => new QueueConsumer(
                subscription, connections.Consuming, topology, sink, brokerOptions.Value.Heartbeat, brokerOptions.Value.MaxReconnectDelay, time, _log));
        running.Add(queue.QueueId, runner.Slots);
        return runner;
    }

    private TaskPipeline ComposePipeline(QueueDefinition queue, ProcessorCatalog catalog, ResultPolicy policy, DeliverySettler settler, ExecutionTelemetry telemetry) => new(
        [
            .. ComposeFilters(queue),
            new ReadStep(names.Queue(queue.QueueId)),
            new BindStep(catalog.ProcessorsOf(queue.QueueId).ToDictionary(entry => entry.Key, entry => Bind(entry.Value), StringComparer.Ordinal), directives),
            new RunStep(telemetry, time, _log),
            new JudgeStep(classifier),
            new MeasureStep(telemetry),
            new DecideStep(policy, queue, time),
            new RunAgainStep(queue.QueueId, telemetry, time, _log),
            new SettleStep(queue.QueueId, names, settler, telemetry, _log),
        ],
        queue.QueueId,
        _log);

    private IReadOnlyList<ITaskStep> ComposeFilters(QueueDefinition queue) =>
        queue.BroadcastFilter == BroadcastFilter.FromOthersOnly ? [new OwnBroadcastStep(queue.QueueId, node, _log)] : [];

    private BoundProcessor Bind(ProcessorDescriptor processor)
    {
        ITaskMiddleware[] around = [.. middleware
            .Where(registration => registration.AppliesTo?.Invoke(processor) ?? true)
            .Select(registration => (ITaskMiddleware)services.GetRequiredService(registration.Type))];
        return new BoundProcessor(processor, around, scopes, time, _log, workerOptions.Value.SystemPrincipal);
    }

    private IReadOnlyList<IQueueGate> ComposeGates(QueueDefinition queue) => queue is { Behavior: TaskQueueBehavior.Sequential, OnFailure: FailureBehavior.Halt }
        ? [new HaltGate(queue.QueueId, [names.Failed(queue.QueueId), names.Fatal(queue.QueueId)], inspector, time, _log)]
        : [];
}

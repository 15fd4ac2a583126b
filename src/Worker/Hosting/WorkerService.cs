using BrokerQueues.Broker;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Execution;
using BrokerQueues.Worker.Settlement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Starts and stops all that a worker does.</summary>
internal sealed class WorkerService(
    ProcessorRegistrations registrations,
    IOptions<WorkerOptions> workerOptions,
    IOptions<BrokerQueuesOptions> brokerOptions,
    IOptions<HostOptions> hostOptions,
    BrokerConnections connections,
    TopologyKeeper topology,
    QueueInspector inspector,
    BrokerNames names,
    NodeIdentity node,
    IHostApplicationLifetime lifetime,
    TaskExecutor executor,
    Settler settler,
    IEnumerable<IErrorCodeProvider> errorCodes,
    TimeProvider time,
    ILoggerFactory loggers) : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    /// <summary>What each half of leaving the queues may take: asking for no more tasks, and closing.</summary>
    private static readonly TimeSpan s_leaving = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(100);

    private readonly ILogger _queueLog = loggers.CreateGuarded("BrokerQueues.Queue");
    private readonly ILogger _log = loggers.CreateGuarded("BrokerQueues.Worker");
    private readonly CancellationTokenSource _stopping = new();
    private ProcessorCatalog? _catalog;
    private List<QueueRunner> _runners = [];
    private Task _watching = Task.CompletedTask;
    private bool _hasLeft;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What is wrong with the declarations ends the start here, before anything else of the program has started.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _catalog = ProcessorCatalog.Build(registrations, workerOptions.Value, errorCodes);
        }
        finally
        {
            foreach (string what in registrations.LeftOut)
            {
                WorkerLog.LeftOut(_log, what);
            }
        }

        CheckHostShutdownTimeout();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Waits for the broker and consumes. After all other services have started: a web server then answers meanwhile, its health checks
    /// among others, and where the program is stopped while it waits, no service is left that would be started with a token that has fired
    /// and end the program with an exception.
    /// </summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        ProcessorCatalog catalog = _catalog ?? throw new InvalidOperationException("The worker's host has not called StartAsync.");
        MakeRoomForBlockingProcessors(catalog);

        var policy = new ResultPolicy(workerOptions.Value, Random.Shared.NextDouble);
        _runners = [.. catalog.Queues.Select(queue => CreateRunner(queue, catalog, policy))];

        try
        {
            IConnection connection = await EnsureTopologyAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(_runners.Select(runner => runner.StartAsync(connection, cancellationToken))).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Ctrl+C while waiting for the broker is no failure of the start.
            WorkerLog.StoppedBeforeStart(_log, connections.Consuming.Describe());
            return;
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(
                $"The worker could not start in the time it was given: {connections.Consuming.Describe()}. Check that the broker runs and that the URI, user and " +
                "virtual host are right, or leave HostOptions.StartupTimeout unset: the worker then waits for the broker.",
                exception, cancellationToken);
        }

        var watchdog = new ConsumerWatchdog([.. _runners.Select(runner => runner.Consumer)], connections.Consuming, brokerOptions.Value.Heartbeat, time, _queueLog);
        _watching = Background.Run(() => watchdog.RunAsync(_stopping.Token));
        WorkerLog.Started(_log, node.NodeId, _runners.Count, catalog.Processors.Count);
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Ends within twice the grace period and 6 s, whatever the broker does: what does not answer is left behind.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        TimeSpan grace = workerOptions.Value.ShutdownGracePeriod;
        WorkerLog.Stopping(_log, node.NodeId);
        long began = time.GetTimestamp();
        Task taking = StopTakingAsync(cancellationToken);
        await WithinAsync(taking, s_leaving, CancellationToken.None).ConfigureAwait(false);

        Task finished = Task.WhenAll([taking, .. _runners.Select(runner => runner.Finished)]);
        // Even where nothing runs and there is no grace, the executors take a moment to see that there is nothing more.
        TimeSpan left = grace - time.GetElapsedTime(began);
        if (!await WithinAsync(finished, left > s_moment ? left : s_moment, cancellationToken).ConfigureAwait(false))
        {
            WorkerLog.Aborting(_log, grace.TotalSeconds);
            _runners.ForEach(runner => runner.Abort());
            if (!await WithinAsync(finished, grace, cancellationToken).ConfigureAwait(false))
            {
                // A task that has ended and is being replaced by its copy is not cut off in between. One that still runs is not waited for.
                await WithinAsync(settler.WhenNothingIsReplacedAsync(), LeftOf(began, grace), cancellationToken).ConfigureAwait(false);
                if (!await WithinAsync(finished, s_moment, cancellationToken).ConfigureAwait(false))
                {
                    WorkerLog.Abandoning(_log, grace.TotalSeconds);
                }
            }
        }

        await CloseAsync().ConfigureAwait(false);
        WorkerLog.Stopped(_log, node.NodeId);
    }

    /// <summary>After a start that failed the host does not stop its services: what had started would run, and reconnect, for ever.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_hasLeft)
        {
            await WithinAsync(StopTakingAsync(CancellationToken.None), s_moment, CancellationToken.None).ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>For containers that are disposed without await.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>What is left of both grace periods and the time for asking for no more tasks, of which as a rule nothing was needed.</summary>
    private TimeSpan LeftOf(long began, TimeSpan grace) => (grace * 2) + s_leaving - time.GetElapsedTime(began) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    private async Task StopTakingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll([_watching, .. _runners.Select(runner => runner.StopTakingAsync(cancellationToken))]).ConfigureAwait(false);
    }

    private async Task CloseAsync()
    {
        _hasLeft = true;
        if (!await WithinAsync(Task.WhenAll(_runners.Select(runner => runner.CloseAsync())), s_leaving, CancellationToken.None).ConfigureAwait(false))
        {
            WorkerLog.LeftBehind(_log, s_leaving.TotalSeconds);
        }
    }

    private QueueRunner CreateRunner(QueueDefinition queue, ProcessorCatalog catalog, ResultPolicy policy)
    {
        string name = names.Queue(queue.QueueId);
        bool broadcast = queue.Behavior == TaskQueueBehavior.Broadcast;
        var parts = new List<TopologyPart> { TaskQueueTopology.Shared(queue, names) };
        if (broadcast)
        {
            parts.Add(TaskQueueTopology.OfNode(queue, names, node.NodeId, node.IsStable));
        }

        string consumed = broadcast ? names.BroadcastQueue(queue.QueueId, node.NodeId) : name;
        var subscription = new QueueSubscription(queue, consumed, queue.Prefetch, parts)
        {
            LivesWithConnection = broadcast && !node.IsStable,
        };
        HaltGate? gate = queue is { Behavior: TaskQueueBehavior.Sequential, OnFailure: FailureBehavior.Halt }
            ? new HaltGate(queue.QueueId, [names.Failed(queue.QueueId), names.Fatal(queue.QueueId)], inspector, time, _queueLog)
            : null;
        var handler = new DeliveryHandler(queue, name, new DeliveryReader(name, catalog.ProcessorsOf(queue.QueueId)), executor, policy, settler, time, _queueLog);
        var failed = new FailedHandling(queue, name, settler, _queueLog);
        return new QueueRunner(queue, handler, failed, settler, gate, time, _queueLog, sink => new QueueConsumer(
            subscription, connections.Consuming, topology, sink, brokerOptions.Value.Heartbeat, brokerOptions.Value.MaxReconnectDelay, time, _queueLog));
    }

    /// <summary>All of it at once, before anything is consumed: where one object differs, nothing is declared.</summary>
    private async Task<IConnection> EnsureTopologyAsync(CancellationToken cancellationToken)
    {
        TopologyPart[] parts = [.. _runners.SelectMany(runner => runner.Consumer.Subscription.Topology)];
        BindingScope bindings = BindingScope.All;
        while (true)
        {
            IConnection connection = await connections.Consuming.GetAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await topology.StartAsync(connection, parts, bindings, cancellationToken).ConfigureAwait(false);
                return connection;
            }
            catch (MetadataUnavailableException exception)
            {
                // All that exists can be consumed meanwhile. But this connection the broker is about to close.
                WorkerLog.BindingsNotMade(_log, exception.Message);
                bindings = BindingScope.OfNew;
                await LeaveBehindAsync(connection).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is AlreadyClosedException or OperationInterruptedException or IOException or TimeoutException ||
                (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                WorkerLog.TopologyFailed(_log, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task LeaveBehindAsync(IConnection connection)
    {
        try
        {
            await BrokerCall.WithinAsync(
                "closing a connection",
                BrokerCall.Leave,
                time,
                token => connection.CloseAsync(Constants.ConnectionForced, "no answer", TimeSpan.Zero, abort: true, token),
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception))
        {
            WorkerLog.TopologyFailed(_log, exception.Message);
        }
    }

    private void CheckHostShutdownTimeout()
    {
        TimeSpan needed = (workerOptions.Value.ShutdownGracePeriod + s_leaving) * 2;
        if (hostOptions.Value.ShutdownTimeout < needed)
        {
            WorkerLog.HostTimeoutTooShort(_log, hostOptions.Value.ShutdownTimeout.TotalSeconds, needed.TotalSeconds);
        }
    }

    /// <summary>
    /// A processor that blocks its thread must not take the last one: the client's heartbeats run on the pool too, and it
    /// grows by only one or two threads a second.
    /// </summary>
    private static void MakeRoomForBlockingProcessors(ProcessorCatalog catalog)
    {
        int wanted = catalog.Queues.Sum(queue => queue.MaxConcurrency) + Environment.ProcessorCount;
        ThreadPool.GetMinThreads(out int workers, out int completionPorts);
        if (workers < wanted)
        {
            ThreadPool.SetMinThreads(wanted, completionPorts);
        }
    }

    private async Task<bool> WithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return task.IsCompleted;
        }
    }
}

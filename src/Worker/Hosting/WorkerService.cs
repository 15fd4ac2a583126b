using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Running;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Starts and stops a node with its host.</summary>
internal sealed class WorkerService(
    ProcessorRegistrations registrations,
    NodeComposition composition,
    RunningTasks running,
    IOptions<WorkerOptions> options,
    IOptions<HostOptions> hostOptions,
    BrokerConnections connections,
    TopologyKeeper topology,
    NodeIdentity node,
    IHostApplicationLifetime lifetime,
    IEnumerable<IErrorCodeProvider> errorCodes,
    IDirectiveSerializer directives,
    TimeProvider time,
    ILoggerFactory loggers) : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private readonly ILogger _log = loggers.CreateGuarded("BrokerQueues.Worker");
    private ProcessorCatalog? _catalog;
    private ShutdownSequence? _shutdown;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What is wrong with the declarations ends the start here, before anything else of the program has started.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _catalog = ProcessorCatalog.Build(registrations, options.Value, errorCodes, directives);
        }
        finally
        {
            foreach (string what in registrations.LeftOut)
            {
                WorkerLog.LeftOut(_log, what);
            }
        }

        foreach (QueueDefinition queue in _catalog.DisabledQueues)
        {
            WorkerLog.QueueDisabled(_log, node.NodeId, queue.QueueId);
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
        IReadOnlyList<QueueRunner> runners = composition.ComposeQueues(catalog);
        if (runners.Count == 0)
        {
            // Nothing to wait for a broker for.
            WorkerLog.AllQueuesDisabled(_log, node.NodeId);
            return;
        }

        IReadOnlyList<INodeService> services = composition.ComposeServices(runners);
        _shutdown = new ShutdownSequence(runners, services, running, options.Value.ShutdownGracePeriod, time, _log);

        try
        {
            // All of it at once, before anything is consumed: where one object differs, nothing is declared.
            await topology.StartAsync([.. runners.SelectMany(runner => runner.Consumer.Subscription.Topology)], cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(runners.Select(runner => runner.StartAsync(cancellationToken))).ConfigureAwait(false);
            foreach (INodeService service in services)
            {
                await service.StartAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Ctrl+C while waiting for the broker is no failure of the start.
            WorkerLog.StoppedBeforeStart(_log, DescribeStart(runners));
            return;
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(
                $"The worker could not start in the time it was given: {DescribeStart(runners)}. Check that the broker runs and that the URI, user and " +
                "virtual host are right, or leave HostOptions.StartupTimeout unset: the worker then waits for the broker.",
                exception, cancellationToken);
        }

        WorkerLog.Started(_log, node.NodeId, runners.Count, catalog.Processors.Count);
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc cref="ShutdownSequence"/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        WorkerLog.Stopping(_log, node.NodeId);
        if (_shutdown is not null)
        {
            await _shutdown.RunAsync(cancellationToken).ConfigureAwait(false);
        }

        WorkerLog.Stopped(_log, node.NodeId);
    }

    /// <summary>After a start that failed the host does not stop its services: what had started would run, and reconnect, for ever.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_shutdown is not null)
        {
            await _shutdown.RunAtOnceAsync().ConfigureAwait(false);
        }
    }

    /// <summary>For containers that are disposed without await.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>How far a start has come that does not come to its end.</summary>
    private string DescribeStart(IReadOnlyList<QueueRunner> runners)
    {
        // As it is now: the host may have been stopped while everything went well.
        string connection = connections.Consuming.DescribeStanding();
        ConsumerPicture[] missing = [.. runners.Select(runner => runner.Consumer.State).Where(picture => picture.State != TaskQueueState.Consuming)];
        string? why = missing.Select(picture => picture.Reason).FirstOrDefault(reason => reason is not null);
        return $"{connection}; {runners.Count - missing.Length} of {runners.Count} queue(s) consumed{(why is null ? "" : $" ({why})")}";
    }

    private void CheckHostShutdownTimeout()
    {
        TimeSpan needed = (options.Value.ShutdownGracePeriod + ShutdownSequence.Leaving) * 2;
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
}

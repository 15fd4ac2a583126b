using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>What an execution costs beside the processor: its scope, the processor out of it, the job, the compiled call.</summary>
[MemoryDiagnoser]
public class TaskDispatch
{
    private readonly ServiceProvider _services = new ServiceCollection().AddTransient<NoOpProcessor>().BuildServiceProvider();
    private readonly ProcessorDescriptor _processor = Describe();
    private readonly TaskMessage _task = TypicalTask.Read(TypicalTask.Properties());
    private readonly OrderDirective _directive = new();
    private readonly TaskExecution _execution = new();
    private readonly RunStep _run;
    private readonly JudgeStep _judge = new(new ExceptionClassifier([], Options.Create(new WorkerOptions()), NullLoggerFactory.Instance));
    private readonly MeasureStep _measure;
    private readonly BoundProcessor _bound;
    private readonly BoundProcessor _underPrincipal;
    private readonly Delivery _delivery;

    public TaskDispatch()
    {
        // As it is in a worker where nobody listens.
        IServiceProvider broker = new ServiceCollection().AddBrokerQueues().Services.BuildServiceProvider();
        var errors = new TelemetryErrors(NullLoggerFactory.Instance);
        var instruments = new ExecutionInstruments(new TelemetryMeter(errors), new RunningTasks(TimeProvider.System), new BrokerNames(""));
        var telemetry = new ExecutionTelemetry(
            TypicalTask.Queue, instruments, broker.GetRequiredService<BrokerConnections>().Consuming, broker.GetRequiredService<NodeIdentity>(), TimeProvider.System, errors);
        _run = new RunStep(telemetry, TimeProvider.System, NullLogger.Instance);
        _measure = new MeasureStep(telemetry);
        _bound = new BoundProcessor(_processor, [], _services.GetRequiredService<IServiceScopeFactory>(), TimeProvider.System, NullLogger.Instance);
        _underPrincipal = new BoundProcessor(
            _processor, [], _services.GetRequiredService<IServiceScopeFactory>(), TimeProvider.System, NullLogger.Instance, "orders-worker");
        _delivery = new Delivery(IdleSession.Start(), tag: 1, redelivered: false, TypicalTask.Properties(), body: default);
    }

    /// <summary>A processor that fails would be dispatched too, at another price.</summary>
    [GlobalSetup]
    public async Task RequireSuccess()
    {
        if (!await NoOp())
        {
            throw new InvalidOperationException("The processor did not complete.");
        }
    }

    [GlobalCleanup]
    public void CleanUp() => _services.Dispose();

    // Everything in it completes at once, so awaiting it allocates nothing that would be counted.
    [Benchmark]
    public ValueTask<bool> NoOp() => DispatchAsync(_bound);

    /// <summary>The same with <see cref="WorkerOptions.SystemPrincipal"/>.</summary>
    [Benchmark]
    public ValueTask<bool> NoOpUnderPrincipal() => DispatchAsync(_underPrincipal);

    private async ValueTask<bool> DispatchAsync(BoundProcessor bound)
    {
        _execution.Begin(_delivery, CancellationToken.None);
        _execution.Task = _task;
        _execution.Processor = bound;
        _execution.Directive = _directive;
        await _run.ExecuteAsync(_execution);
        await _judge.ExecuteAsync(_execution);
        await _measure.ExecuteAsync(_execution);
        bool completed = _execution.Outcome is { Result: TaskProcessingJobResult.Complete };
        _execution.Clear();
        return completed;
    }

    // Bound as a worker binds it: a hand-written delegate would leave out the compiled call.
    private static ProcessorDescriptor Describe()
    {
        List<string> mistakes = [];
        var bound = ProcessorBinder.Bind(typeof(NoOpProcessor).GetMethod(nameof(NoOpProcessor.ProcessAsync))!, mistakes)
            ?? throw new InvalidOperationException(string.Join(' ', mistakes));
        return new ProcessorDescriptor
        {
            QueueId = TypicalTask.Queue,
            TaskType = TypicalTask.Type,
            Method = typeof(NoOpProcessor).GetMethod(nameof(NoOpProcessor.ProcessAsync))!,
            TargetType = typeof(NoOpProcessor),
            DirectiveType = bound.DirectiveType,
            CreateJob = bound.CreateJob,
            Invoke = bound.Invoke,
            TransactionMode = TransactionMode.Unsafe,
            Timeout = null,
            MaxRetries = 0,
            MaxRequeues = 0,
            ExceptionRules = [],
        };
    }

    internal sealed class NoOpProcessor
    {
        public Task ProcessAsync(ITaskProcessingJob<OrderDirective> job, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

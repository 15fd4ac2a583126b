using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Execution;
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
    private readonly TaskExecutor _executor;

    public TaskDispatch() => _executor = new TaskExecutor(
        _services.GetRequiredService<IServiceScopeFactory>(),
        new ExceptionClassifier([], Options.Create(new WorkerOptions()), NullLoggerFactory.Instance),
        TimeProvider.System, NullLoggerFactory.Instance);

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
    public async ValueTask<bool> NoOp() =>
        (await _executor.ExecuteAsync(_processor, _task, _directive, retryCount: 0, CancellationToken.None)).Result == TaskProcessingJobResult.Complete;

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

using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Tests.Consuming;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrokerQueues.Worker.Tests.Pipeline;

/// <summary>Runs and judges processors, with a clock, a session and a log of its own and the services a test gives it.</summary>
internal sealed class RunBench : ILoggerProvider, ILogger
{
    private readonly ServiceCollection _services = new();
    private readonly ConsumerSession _session = ConsumerSession.StartAsync(
        new ScriptedClient().Connection, new SubscriptionSpec { QueueId = "orders", QueueName = "orders", Prefetch = 1 }, null!, TimeProvider.System, NullLogger.Instance, default)
        .GetAwaiter().GetResult();

    private IServiceScopeFactory? _scopes;

    public FakeTimeProvider Time { get; } = new();

    public WorkerOptions Options { get; } = new();

    public List<(int Event, Exception? Error)> Log { get; } = [];

    /// <summary>What stood on the lines of the processor.</summary>
    public List<object?> Scopes { get; } = [];

    public List<IErrorCodeProvider> ErrorCodes { get; } = [new HttpErrorCodes(), new SqlErrorCodes(), new HResultErrorCodes()];

    public List<ITaskMiddleware> Middleware { get; } = [];

    public RunBench With(Action<IServiceCollection> add)
    {
        add(_services);
        return this;
    }

    /// <summary>Tells what runs that it no longer counts.</summary>
    public Task AbortAsync()
    {
        _session.Abort();
        return Task.CompletedTask;
    }

    public async ValueTask<ExecutionOutcome> RunAsync(ProcessorDescriptor processor, TaskDirective? directive = null, int retryCount = 0, params (string, object?)[] headers)
    {
        _scopes ??= _services.BuildServiceProvider().GetRequiredService<IServiceScopeFactory>();
        ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(this).SetMinimumLevel(LogLevel.Trace));
        ILogger log = loggers.CreateLogger("BrokerQueues.Queue");
        ExecutionTelemetry telemetry = TestTelemetry.Of(processor.QueueId, Time, loggers);
        TaskMessage task = Processor.NewTask(headers);
        var execution = new TaskExecution();
        execution.Begin(new Delivery(_session, 1, redelivered: false, task.Properties, default), default);
        for (int i = 0; i < retryCount; i++)
        {
            execution.RunAgain();
        }

        execution.Task = task;
        execution.Processor = new BoundProcessor(processor, Middleware, _scopes, Time, log);
        execution.Directive = directive;
        await new RunStep(telemetry, Time, log).ExecuteAsync(execution);
        await new JudgeStep(new ExceptionClassifier(ErrorCodes, Microsoft.Extensions.Options.Options.Create(Options), NullLoggerFactory.Instance)).ExecuteAsync(execution);
        await new MeasureStep(telemetry).ExecuteAsync(execution);
        return execution.Outcome!.Value;
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state)
    {
        Scopes.Add(state);
        return null;
    }

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log.Add((eventId.Id, exception));

    void IDisposable.Dispose()
    {
    }
}

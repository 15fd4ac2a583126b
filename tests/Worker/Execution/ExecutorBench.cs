using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Execution;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace BrokerQueues.Worker.Tests.Execution;

/// <summary>An executor with a clock of its own, the services a test gives it, and its log.</summary>
internal sealed class ExecutorBench : ILoggerProvider, ILogger
{
    private readonly ServiceCollection _services = new();
    private TaskExecutor? _executor;

    public FakeTimeProvider Time { get; } = new();

    public WorkerOptions Options { get; } = new();

    public List<(int Event, Exception? Error)> Log { get; } = [];

    public List<IErrorCodeProvider> ErrorCodes { get; } = [new HttpErrorCodes(), new SqlErrorCodes(), new HResultErrorCodes()];

    public CancellationTokenSource Aborted { get; } = new();

    public ExecutorBench With(Action<IServiceCollection> add)
    {
        add(_services);
        return this;
    }

    public ValueTask<ExecutionOutcome> RunAsync(ProcessorDescriptor processor, TaskDirective? directive = null, int retryCount = 0, params (string, object?)[] headers)
    {
        _executor ??= new TaskExecutor(
            _services.BuildServiceProvider().GetRequiredService<IServiceScopeFactory>(),
            new ExceptionClassifier(ErrorCodes, Microsoft.Extensions.Options.Options.Create(Options), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance),
            Time, LoggerFactory.Create(logging => logging.AddProvider(this).SetMinimumLevel(LogLevel.Trace)));
        return _executor.ExecuteAsync(processor, Processor.NewTask(headers), directive, retryCount, Aborted.Token);
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log.Add((eventId.Id, exception));

    void IDisposable.Dispose()
    {
    }
}

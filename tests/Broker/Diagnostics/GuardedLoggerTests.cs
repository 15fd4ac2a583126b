using BrokerQueues.Broker.Diagnostics;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Tests.Diagnostics;

public sealed class GuardedLoggerTests
{
    [Fact]
    public void No_call_throws_what_a_provider_throws()
    {
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(new Hostile()));
        ILogger logger = factory.CreateGuarded("BrokerQueues.Queue");

        Assert.False(logger.IsEnabled(LogLevel.Error));
        Assert.Null(logger.BeginScope("scope"));
        logger.LogError("A task failed");
        logger.LogError(new InvalidOperationException("x"), "A task failed");
    }

    [Fact]
    public void A_scope_whose_end_throws_ends_in_silence()
    {
        ILogger logger = new GuardedLogger(new Lines { EndOfScope = () => throw new IOException("disk full") });

        IDisposable? scope = logger.BeginScope("scope");

        Assert.NotNull(scope);
        scope.Dispose();
    }

    [Fact]
    public void A_line_whose_exception_cannot_be_written_is_written_without_it()
    {
        var lines = new Lines();
        ILogger logger = new GuardedLogger(lines);

        logger.LogError(new Unreadable(), "Task {TaskId} failed", "t1");

        string line = Assert.Single(lines.Written);
        Assert.Contains("Task t1 failed", line, StringComparison.Ordinal);
        Assert.Contains(typeof(Unreadable).FullName!, line, StringComparison.Ordinal);
        Assert.Contains(ExceptionText.NotReadable, line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_is_written_where_only_the_data_of_its_exception_cannot_be_read()
    {
        var lines = new Lines();
        ILogger logger = new GuardedLogger(new ReadsData(lines));

        logger.LogError(new WithoutData(), "Task {TaskId} failed", "t1");

        Assert.Contains("Task t1 failed", Assert.Single(lines.Written), StringComparison.Ordinal);
    }

    // Each ToString calls that of the cause: out of stack, the process ends, whatever is caught.
    [Fact]
    public void An_exception_with_causes_without_end_is_written_by_its_own_words()
    {
        Exception nested = new IOException("at the bottom");
        for (int depth = 0; depth < 200_000; depth++)
        {
            nested = new InvalidOperationException("on top", nested);
        }

        var lines = new Lines();
        new GuardedLogger(lines).LogError(nested, "Task {TaskId} failed", "t1");

        Assert.Contains("on top (more than", Assert.Single(lines.Written), StringComparison.Ordinal);
    }

    private sealed class WithoutData : Exception
    {
        public override System.Collections.IDictionary Data => throw new InvalidOperationException("no data");
    }

    private sealed class ReadsData(ILogger inner) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _ = exception?.Data.Count;
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    private sealed class Unreadable : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");

        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class Lines : ILogger, IDisposable
    {
        public List<string> Written { get; } = [];

        public Action EndOfScope { get; init; } = () => { };

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add($"{formatter(state, exception)} {exception}");

        public void Dispose() => EndOfScope();
    }

    private sealed class Hostile : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public bool IsEnabled(LogLevel logLevel) => throw new IOException("disk full");

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new IOException("disk full");

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("disk full");
    }
}

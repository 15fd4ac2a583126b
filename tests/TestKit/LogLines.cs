using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.TestKit;

/// <summary>Keeps what is logged.</summary>
public sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel, string)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, string Text)> Lines => _lines;

    /// <summary>Warnings and worse.</summary>
    public IReadOnlyList<string> Warnings => [.. Lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text)];

    /// <summary>What was logged last, for the message of a test that fails.</summary>
    public string Last() => string.Join('\n', Lines.TakeLast(15).Select(line => line.Text));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}

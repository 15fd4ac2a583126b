using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Diagnostics;

/// <summary>
/// The logger of everything here: no call of it throws. Providers are the user's code, and one whose disk is full must change neither
/// what becomes of a task nor whether a loop goes on.
/// </summary>
internal sealed class GuardedLogger(ILogger inner) : ILogger
{
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
#pragma warning disable CA1031 // There is no place left to tell it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return inner.BeginScope(state) is { } scope ? new GuardedScope(scope) : null;
        }
#pragma warning disable CA1031 // There is no place left to tell it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // Where the exception is what cannot be written, the line goes out with a stand-in for it.
        bool tooDeep = exception is not null && ExceptionText.IsTooDeep(exception);
        if ((tooDeep || !TryLog(logLevel, eventId, state, exception, formatter)) && exception is not null && !ExceptionText.IsReadable(exception))
        {
            TryLog(logLevel, eventId, state, new UnreadableException(ExceptionText.DescriptionOf(exception)), formatter);
        }
    }

    private bool TryLog<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
            return true;
        }
#pragma warning disable CA1031 // There is no place left to tell it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private sealed class GuardedScope(IDisposable scope) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                scope.Dispose();
            }
#pragma warning disable CA1031 // There is no place left to tell it.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private sealed class UnreadableException(string description) : Exception(description);
}

/// <summary>Makes the loggers of everything here.</summary>
internal static class GuardedLoggers
{
    /// <summary>A logger that never throws.</summary>
    public static ILogger CreateGuarded(this ILoggerFactory loggers, string category)
    {
#pragma warning disable RS0030 // The one place that may: everyone else asks here.
        return new GuardedLogger(loggers.CreateLogger(category));
#pragma warning restore RS0030
    }
}

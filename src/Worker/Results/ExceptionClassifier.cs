using System.Reflection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Worker.Results;

/// <summary>Finds the result that an exception means.</summary>
internal sealed class ExceptionClassifier(IEnumerable<IErrorCodeProvider> errorCodes, IOptions<WorkerOptions> options, ILoggerFactory loggers)
{
    /// <summary>Of one provider and one exception. A sequence without an end must not hold up the task.</summary>
    private const int MaxCodes = 100;

    /// <summary>A server that asks for more is not obeyed: the task would as good as disappear.</summary>
    private static readonly TimeSpan s_longestRetryAfter = TimeSpan.FromDays(1);

    private readonly IErrorCodeProvider[] _errorCodes = [.. errorCodes];
    private readonly ILogger _logger = loggers.CreateGuarded("BrokerQueues.Queue");

    /// <summary>The exception that tells: out of wrappers that only carry it.</summary>
    public static Exception Unwrap(Exception exception)
    {
        // Not recursive: how deep they are nested is not ours to say.
        while (true)
        {
            switch (exception)
            {
                case AggregateException { InnerExceptions: [{ } first, ..] }:
                    exception = first;
                    break;
                case TargetInvocationException { InnerException: { } inner }:
                    exception = inner;
                    break;
                default:
                    return exception;
            }
        }
    }

    public TaskProcessingJobResult Classify(Exception exception, ProcessorDescriptor processor) =>
        exception is TaskResultException chosen ? chosen.Result : FindRule(exception, processor) ?? options.Value.DefaultExceptionResult;

    /// <summary>The result that the processor's own rules name for the exception; null where none does.</summary>
    public TaskProcessingJobResult? FindRule(Exception exception, ProcessorDescriptor processor)
    {
        foreach (IReadOnlyList<TaskExceptionBehaviorAttribute> rules in processor.ExceptionRules)
        {
            if (rules.Count > 0 && (ByCode(exception, rules) ?? ByType(exception, rules)) is { } result)
            {
                return result;
            }
        }

        return null;
    }

    /// <summary>How long the other side asked to be left alone; null where nothing is known.</summary>
    public TimeSpan? FindRetryAfter(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            foreach (IErrorCodeProvider provider in _errorCodes)
            {
                if (RetryAfterOf(provider, cause) is { } wait)
                {
                    return wait > s_longestRetryAfter ? s_longestRetryAfter : wait;
                }
            }
        }

        return null;
    }

    private TimeSpan? RetryAfterOf(IErrorCodeProvider provider, Exception cause)
    {
        try
        {
            return provider.GetRetryAfter(cause);
        }
#pragma warning disable CA1031 // See CodesOf.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.ErrorCodesFailed(_logger, provider.GetType().Name, exception);
            return null;
        }
    }

    private TaskProcessingJobResult? ByCode(Exception exception, IReadOnlyList<TaskExceptionBehaviorAttribute> rules)
    {
        if (rules.All(rule => rule.ErrorCodes.Count == 0))
        {
            return null;
        }

        // A code may sit on the cause of what was thrown (a DbUpdateException around a DbException).
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            string[] codes = [.. _errorCodes.SelectMany(provider => CodesOf(provider, cause))];
            if ((FindCode(codes, rules) ?? FindCode(codes.Select(ClassOf), rules)) is { } result)
            {
                return result;
            }
        }

        return null;
    }

    private static TaskProcessingJobResult? FindCode(IEnumerable<string?> codes, IReadOnlyList<TaskExceptionBehaviorAttribute> rules)
    {
        foreach (string? code in codes)
        {
            if (code is not null && rules.FirstOrDefault(rule => rule.ErrorCodes.Contains(code, StringComparer.OrdinalIgnoreCase)) is { } match)
            {
                return match.Result;
            }
        }

        return null;
    }

    /// <summary>"http:5xx" of "http:503"; null of any other kind.</summary>
    private static string? ClassOf(string? code) =>
        code is { Length: 8 } && code.StartsWith("http:", StringComparison.OrdinalIgnoreCase) ? string.Concat(code.AsSpan(0, 6), "xx") : null;

    private IReadOnlyList<string> CodesOf(IErrorCodeProvider provider, Exception cause)
    {
        try
        {
            return [.. provider.GetErrorCodes(cause).Take(MaxCodes)];
        }
#pragma warning disable CA1031 // A provider is the user's code; the exception it was asked about still has to be judged.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.ErrorCodesFailed(_logger, provider.GetType().Name, exception);
            return [];
        }
    }

    private static TaskProcessingJobResult? ByType(Exception exception, IReadOnlyList<TaskExceptionBehaviorAttribute> rules)
    {
        for (Type? type = exception.GetType(); type is not null; type = type.BaseType)
        {
            if (rules.FirstOrDefault(rule => rule.ExceptionTypes.Contains(type)) is { } match)
            {
                return match.Result;
            }
        }

        return null;
    }
}

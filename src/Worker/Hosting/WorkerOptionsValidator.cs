using Microsoft.Extensions.Options;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Checks the options at start, all at once.</summary>
internal sealed class WorkerOptionsValidator : IValidateOptions<WorkerOptions>
{
    public ValidateOptionsResult Validate(string? name, WorkerOptions options)
    {
        var errors = new List<string>();
        Require(options.MaxTotalConcurrency, nameof(options.MaxTotalConcurrency), 1, 10_000, errors);
        Require(options.ShutdownGracePeriod, nameof(options.ShutdownGracePeriod), TimeSpan.Zero, TimeSpan.FromHours(1), errors);
        Require(options.MinRequeueDelay, nameof(options.MinRequeueDelay), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), errors);
        Require(options.MaxRequeueDelay, nameof(options.MaxRequeueDelay), options.MinRequeueDelay, TimeSpan.FromDays(30), errors);
        Require(options.BroadcastLease, nameof(options.BroadcastLease), TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), errors);
        if (!Enum.IsDefined(options.DefaultExceptionResult) || options.DefaultExceptionResult is TaskProcessingJobResult.Complete or TaskProcessingJobResult.Abort)
        {
            errors.Add($"{nameof(options.DefaultExceptionResult)} is {options.DefaultExceptionResult}; an exception can mean Fail, Fatal, Requeue, Retry or Cancel.");
        }

        return errors.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(errors.Select(error => $"{WorkerOptions.SectionName}: {error}"));
    }

    private static void Require<T>(T value, string option, T min, T max, List<string> errors)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
        {
            errors.Add($"{option} is {value}; it must be from {min} to {max}{(value is TimeSpan ? ", written as 00:00:30 for 30 seconds" : "")}.");
        }
    }
}

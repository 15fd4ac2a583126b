using BrokerQueues.Broker.Hosting;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Checks the options at start, all at once.</summary>
internal sealed class WorkerOptionsValidator : IValidateOptions<WorkerOptions>
{
    public ValidateOptionsResult Validate(string? name, WorkerOptions options)
    {
        var errors = new List<string>();
        OptionRange.Require(options.MaxTotalConcurrency, nameof(options.MaxTotalConcurrency), 1, 10_000, errors);
        OptionRange.Require(options.ShutdownGracePeriod, nameof(options.ShutdownGracePeriod), TimeSpan.Zero, TimeSpan.FromHours(1), errors);
        OptionRange.Require(options.MinRequeueDelay, nameof(options.MinRequeueDelay), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), errors);
        OptionRange.Require(options.MaxRequeueDelay, nameof(options.MaxRequeueDelay), options.MinRequeueDelay, TimeSpan.FromDays(30), errors);
        OptionRange.Require(options.BroadcastLease, nameof(options.BroadcastLease), TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), errors);
        if (!Enum.IsDefined(options.DefaultExceptionResult) || options.DefaultExceptionResult is TaskProcessingJobResult.Complete or TaskProcessingJobResult.Abort)
        {
            errors.Add($"{nameof(options.DefaultExceptionResult)} is {options.DefaultExceptionResult}; an exception can mean Fail, Fatal, Requeue, Retry or Cancel.");
        }

        return errors.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(errors.Select(error => $"{WorkerOptions.SectionName}: {error}"));
    }
}

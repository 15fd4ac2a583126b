using BrokerQueues.Broker.Hosting;
using BrokerQueues.Broker.Wire;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Checks the options of a worker. What is wrong stands in one message with the mistakes of its declarations.</summary>
internal static class WorkerOptionsCheck
{
    public static IReadOnlyList<string> FindMistakes(WorkerOptions options)
    {
        var errors = new List<string>();
        OptionRange.Require(options.MaxTotalConcurrency, nameof(options.MaxTotalConcurrency), 1, 10_000, errors);
        OptionRange.Require(options.ShutdownGracePeriod, nameof(options.ShutdownGracePeriod), TimeSpan.Zero, TimeSpan.FromHours(1), errors);
        OptionRange.Require(options.MinRequeueDelay, nameof(options.MinRequeueDelay), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), errors);
        OptionRange.Require(options.MaxRequeueDelay, nameof(options.MaxRequeueDelay), TimeSpan.FromSeconds(1), TimeSpan.FromDays(30), errors);
        if (errors.Count == 0 && options.MaxRequeueDelay < options.MinRequeueDelay)
        {
            errors.Add(
                $"{nameof(options.MaxRequeueDelay)} is {options.MaxRequeueDelay}, and {WorkerOptions.SectionName}:{nameof(options.MinRequeueDelay)} is {options.MinRequeueDelay}. " +
                "The longest wait cannot be shorter than the first: raise the one, or lower the other.");
        }

        OptionRange.Require(options.BroadcastLease, nameof(options.BroadcastLease), TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), errors);
        if (!Enum.IsDefined(options.DefaultExceptionResult) || options.DefaultExceptionResult is TaskProcessingJobResult.Complete or TaskProcessingJobResult.Abort)
        {
            errors.Add($"{nameof(options.DefaultExceptionResult)} is {options.DefaultExceptionResult}; an exception can mean Fail, Fatal, Requeue, Retry or Cancel.");
        }

        if (options.SystemPrincipal is { Length: > 0 } principal && TaskInitiator.FindFault(principal, "A name of a principal") is { } fault)
        {
            errors.Add($"{nameof(options.SystemPrincipal)} is no name. {fault}");
        }

        return [.. options.SectionMistakes, .. errors.Select(error => $"{WorkerOptions.SectionName}:{error}")];
    }
}

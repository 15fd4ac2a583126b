using BrokerQueues.Broker.Queues;
using BrokerQueues.Worker.Results;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>Decide: the outcome becomes a plan, by <see cref="ResultPolicy"/>.</summary>
internal sealed class DecideStep(ResultPolicy policy, QueueDefinition queue, TimeProvider time) : ITaskStep
{
    public ValueTask ExecuteAsync(TaskExecution execution)
    {
        var standing = new TaskStanding(
            execution.Task?.Attempt ?? 1, execution.RetryCount, execution.Task?.Aborts ?? 0, execution.Delivery.ReturnCount,
            IsStopping: execution.Stopping.IsCancellationRequested, IsAborted: execution.Session.Aborted.IsCancellationRequested)
        {
            Age = execution.Processor?.Descriptor.MaxAge is null ? null : time.GetUtcNow() - execution.Task!.CreatedAt,
        };
        Decision decision = policy.Decide(execution.Outcome!.Value, queue, execution.Processor?.Descriptor, standing);
        execution.Outcome = decision.Outcome;
        execution.Plan = decision.Plan;
        return default;
    }
}

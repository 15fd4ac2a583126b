using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Results;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>Read: makes the delivery a task.</summary>
internal sealed class ReadStep(string queueName) : ITaskStep
{
    public ValueTask ExecuteAsync(TaskExecution execution)
    {
        if (TaskMessage.TryRead(execution.Delivery.Properties, queueName, out TaskMessage? task) is { } unreadable)
        {
            execution.Outcome = ExecutionOutcome.Incompatible(unreadable);
        }

        execution.Task = task;
        return default;
    }
}

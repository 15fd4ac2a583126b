using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Results;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>RunAgain: a plan to run the same delivery once more, at once or after a wait at the head of its queue, leads back to Bind.</summary>
internal sealed class RunAgainStep(string queueId, ExecutionTelemetry telemetry, TimeProvider time, ILogger logger) : ITaskStep
{
    public ValueTask ExecuteAsync(TaskExecution execution)
    {
        switch (execution.Plan.Action)
        {
            case SettlementAction.RunAgain:
                RunAtOnce(execution);
                return default;
            case SettlementAction.HoldAndRunAgain:
                return HoldAsync(execution);
            default:
                return default;
        }
    }

    private void RunAtOnce(TaskExecution execution)
    {
        (TaskMessage task, ExecutionOutcome outcome) = (execution.Task!, execution.Outcome!.Value);
        telemetry.Retried(execution);
        execution.RunAgain();
        ExecutionLog.RunsAgainAtOnce(
            logger, task.TaskId, queueId, task.TaskType, task.Attempt, execution.RetryCount, execution.Processor!.Descriptor.MaxRetries, outcome.Message, outcome.Error);
    }

    /// <summary>Waits at the head of the queue. Where the node or the session ends first, the task stays unsettled.</summary>
    private async ValueTask HoldAsync(TaskExecution execution)
    {
        (TaskMessage task, ExecutionOutcome outcome, SettlementPlan plan) = (execution.Task!, execution.Outcome!.Value, execution.Plan);
        ExecutionLog.RunsAgain(logger, task.TaskId, queueId, task.TaskType, task.Attempt, outcome.Result, plan.Delay.TotalSeconds, outcome.Message, outcome.Error);
        telemetry.Requeued(execution);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(execution.Session.Aborted, execution.Stopping);
        await Task.Delay(plan.Delay, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // The delay may have ended just before the node or the session did.
        if (execution.Session.IsOver || execution.Session.Aborted.IsCancellationRequested || execution.Stopping.IsCancellationRequested)
        {
            execution.Abandon();
            return;
        }

        (int attempt, int aborts) = plan.CountsAfter(task);
        execution.RunAgain(task.With(attempt, aborts));
    }
}

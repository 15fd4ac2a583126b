using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Results;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>Settle: carries the plan out at the broker, and tells what became of the task.</summary>
internal sealed class SettleStep(string queueId, BrokerNames names, DeliverySettler settler, ExecutionTelemetry telemetry, ILogger logger) : ITaskStep
{
    public ValueTask ExecuteAsync(TaskExecution execution)
    {
        ExecutionOutcome outcome = execution.Outcome!.Value;
        return execution.Plan.Action switch
        {
            SettlementAction.Acknowledge => AcknowledgeAsync(execution, outcome),
            SettlementAction.AcknowledgeFailure => AcknowledgeFailureAsync(execution, outcome),
            SettlementAction.Requeue => RequeueAsync(execution, execution.Task!, outcome),
            SettlementAction.Park => ParkAsync(execution, outcome),
            SettlementAction.Return => ReturnAsync(execution, execution.Task!, outcome),
            _ => throw new InvalidOperationException($"There is nothing to settle about {execution.Plan.Action}."),
        };
    }

    private async ValueTask AcknowledgeAsync(TaskExecution execution, ExecutionOutcome outcome)
    {
        TaskMessage task = execution.Task!;
        ExecutionLog.Ended(logger, task.TaskId, queueId, task.TaskType, task.Attempt, outcome.Result);
        if (!await DeliverySettler.AcknowledgeAsync(execution.Delivery).ConfigureAwait(false))
        {
            TellUnsettled(execution, outcome);
        }
    }

    private async ValueTask AcknowledgeFailureAsync(TaskExecution execution, ExecutionOutcome outcome)
    {
        ExecutionLog.BroadcastFailed(logger, IdOf(execution), queueId, TypeOf(execution), outcome.Name, outcome.LoggedMessage, outcome.LoggedError);
        if (!await DeliverySettler.AcknowledgeAsync(execution.Delivery).ConfigureAwait(false))
        {
            TellUnsettled(execution, outcome);
        }
    }

    private async ValueTask RequeueAsync(TaskExecution execution, TaskMessage task, ExecutionOutcome outcome)
    {
        SettlementPlan plan = execution.Plan;
        ExecutionLog.RunsAgain(logger, task.TaskId, queueId, task.TaskType, task.Attempt, outcome.Result, plan.Delay.TotalSeconds, outcome.Message, outcome.Error);
        (int attempt, int aborts) = plan.CountsAfter(task);
        switch (await settler.RequeueAsync(execution.Delivery, task, attempt, aborts, plan.Delay).ConfigureAwait(false))
        {
            case Replacement.Done:
                telemetry.Requeued(execution);
                break;
            case Replacement.Unsettled:
                TellUnsettled(execution, outcome);
                break;
        }
    }

    private async ValueTask ParkAsync(TaskExecution execution, ExecutionOutcome outcome)
    {
        TaskId taskId = IdOf(execution);
        ParkingQueue parking = execution.Plan.Parking;
        int attempt = execution.Task?.Attempt ?? 1;
        var failure = new FailureDetails(
            parking == ParkingQueue.Failed ? nameof(TaskProcessingJobResult.Fail) : outcome.Name,
            outcome.Error is null ? null : ExceptionText.TypeOf(outcome.Error),
            outcome.Message ?? outcome.Name,
            outcome.Error is null ? null : ExceptionText.DescriptionOf(outcome.Error),
            // What nobody understands has not been tried.
            outcome.IsIncompatible ? attempt - 1 : attempt,
            execution.Task?.Redrives ?? 0);
        Replacement parked = await settler.ParkAsync(execution.Delivery, taskId, parking, failure).ConfigureAwait(false);
        if (parked == Replacement.Unsettled)
        {
            TellUnsettled(execution, outcome);
            return;
        }

        // A task that nobody understands does not halt a queue.
        execution.HasParked = !outcome.IsIncompatible;

        // Where the broker has dead-lettered it, the settler has said why.
        if (parked == Replacement.Done)
        {
            ExecutionLog.Parked(
                logger, taskId, queueId, TypeOf(execution), attempt, failure.Result, names.Parking(queueId, parking),
                outcome.LoggedMessage, outcome.LoggedError);
        }
    }

    private async ValueTask ReturnAsync(TaskExecution execution, TaskMessage task, ExecutionOutcome outcome)
    {
        ExecutionLog.Returned(logger, task.TaskId, queueId, task.TaskType, task.Attempt, outcome.Message);
        await settler.ReturnAsync(execution.Delivery, "a processor put its task back (Abort)", execution.Stopping.IsCancellationRequested).ConfigureAwait(false);
    }

    private void TellUnsettled(TaskExecution execution, ExecutionOutcome outcome)
    {
        if (!outcome.IsIncompatible)
        {
            ExecutionLog.Unsettled(logger, IdOf(execution), queueId, TypeOf(execution), outcome.Result);
        }
    }

    private static TaskId IdOf(TaskExecution execution) => execution.Task?.TaskId ?? TaskMessage.ReadId(execution.Delivery.Properties) ?? TaskId.New();

    private static string TypeOf(TaskExecution execution) => execution.Delivery.Properties.Type ?? "";
}

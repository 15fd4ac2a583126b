using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Settlement;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Execution;

/// <summary>Takes one delivery of a queue from its bytes to its settlement: read, execute, decide, settle.</summary>
internal sealed class DeliveryHandler(
    QueueDefinition queue,
    string queueName,
    DeliveryReader reader,
    TaskExecutor executor,
    ResultPolicy policy,
    Settler settler,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>Handles a delivery.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="stopping">Fires when the node begins to shut down: waiting at the head of a queue ends then, execution does not.</param>
    /// <returns>True where the task was parked.</returns>
    public async ValueTask<bool> HandleAsync(Delivery delivery, CancellationToken stopping)
    {
        if (!reader.TryReadTask(delivery, out TaskMessage? task, out ProcessorDescriptor? processor, out Incompatibility reason))
        {
            return await SetAsideAsync(delivery, task, reason).ConfigureAwait(false);
        }

        ConsumerSession session = delivery.Session;
        for (int retryCount = 0; ;)
        {
            if (!DeliveryReader.TryReadDirective(delivery, task, processor, out TaskDirective? directive, out reason))
            {
                return await SetAsideAsync(delivery, task, reason).ConfigureAwait(false);
            }

            if (session.IsOver)
            {
                // While it was read, or waited at the head; it is another node's now, and may run there.
                return false;
            }

            ExecutionOutcome outcome = await ExecuteAsync(processor, task, directive, retryCount, session).ConfigureAwait(false);
            if (session.IsOver)
            {
                ExecutionLog.Unsettled(logger, task.TaskId, queue.QueueId, task.TaskType, outcome.Result);
                return false;
            }

            if (outcome.Result == TaskProcessingJobResult.Retry && session.Aborted.IsCancellationRequested)
            {
                outcome = outcome with { Result = TaskProcessingJobResult.Abort };
            }

            var standing = new TaskStanding(task.Attempt, retryCount, task.Aborts, delivery.ReturnCount, stopping.IsCancellationRequested);
            SettlementPlan plan = policy.Decide(outcome.Result, queue, processor, standing);
            if (outcome.Result == TaskProcessingJobResult.Retry && plan.Action != SettlementAction.RunAgain)
            {
                outcome = outcome.RetriedTooOften(retryCount + 1, processor.MaxRetries);
            }

            switch (plan.Action)
            {
                case SettlementAction.RunAgain:
                    retryCount++;
                    ExecutionLog.RunsAgainAtOnce(logger, task.TaskId, queue.QueueId, task.TaskType, task.Attempt, retryCount, processor.MaxRetries, outcome.Message, outcome.Error);
                    break;
                case SettlementAction.HoldAndRunAgain:
                    ExecutionLog.RunsAgain(logger, task.TaskId, queue.QueueId, task.TaskType, task.Attempt, outcome.Result, plan.Delay.TotalSeconds, outcome.Message, outcome.Error);
                    if (!await HoldAsync(plan.Delay, session, stopping).ConfigureAwait(false))
                    {
                        return false;
                    }

                    task = plan.CountsAttempt ? task.With(task.Attempt + 1, aborts: 0) : task.With(task.Attempt, task.Aborts + 1);
                    retryCount = 0;
                    break;
                default:
                    return await SettleAsync(delivery, task, outcome, plan, stopping).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<ExecutionOutcome> ExecuteAsync(ProcessorDescriptor processor, TaskMessage task, TaskDirective? directive, int retryCount, ConsumerSession session)
    {
        CancellationTokenSource aborted = session.LendAborted();
        try
        {
            return await executor.ExecuteAsync(processor, task, directive, retryCount, aborted.Token).ConfigureAwait(false);
        }
        finally
        {
            session.GiveBackAborted(aborted);
        }
    }

    private async ValueTask<bool> SetAsideAsync(Delivery delivery, TaskMessage? task, Incompatibility reason)
    {
        TaskId taskId = task?.TaskId ?? TaskMessage.ReadId(delivery.Properties) ?? TaskId.New();
        string taskType = delivery.Properties.Type ?? "";
        if (queue.Behavior == TaskQueueBehavior.Broadcast)
        {
            ExecutionLog.BroadcastFailed(logger, taskId, queue.QueueId, taskType, reason.Details.Result, reason.LogText, null);
            await Settler.AcknowledgeAsync(delivery).ConfigureAwait(false);
            return false;
        }

        if (await settler.ParkAsync(delivery, taskId, queue, ParkingQueue.Incompatible, reason.Details).ConfigureAwait(false) == Replacement.Done)
        {
            ExecutionLog.Parked(logger, taskId, queue.QueueId, taskType, task?.Attempt ?? 1, reason.Details.Result, $"{queueName}.incompatible", reason.LogText, null);
        }

        // A task that nobody understands does not halt a queue: it has not been tried.
        return false;
    }

    /// <summary>Waits at the head of the queue. False where the node or the session ends first; the task then stays unsettled.</summary>
    private async Task<bool> HoldAsync(TimeSpan delay, ConsumerSession session, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(session.Aborted, stopping);
        try
        {
            await Task.Delay(delay, time, either.Token).ConfigureAwait(false);

            // The delay may have ended just before the node or the session did.
            return !session.IsOver && !stopping.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async ValueTask<bool> SettleAsync(Delivery delivery, TaskMessage task, ExecutionOutcome outcome, SettlementPlan plan, CancellationToken stopping)
    {
        bool settled;
        switch (plan.Action)
        {
            case SettlementAction.Acknowledge:
                ExecutionLog.Ended(logger, task.TaskId, queue.QueueId, task.TaskType, task.Attempt, outcome.Result);
                settled = await Settler.AcknowledgeAsync(delivery).ConfigureAwait(false);
                break;
            case SettlementAction.AcknowledgeFailure:
                ExecutionLog.BroadcastFailed(logger, task.TaskId, queue.QueueId, task.TaskType, outcome.Result.ToString(), outcome.Message, outcome.Error);
                settled = await Settler.AcknowledgeAsync(delivery).ConfigureAwait(false);
                break;
            case SettlementAction.Requeue:
                ExecutionLog.RunsAgain(logger, task.TaskId, queue.QueueId, task.TaskType, task.Attempt, outcome.Result, plan.Delay.TotalSeconds, outcome.Message, outcome.Error);
                settled = await settler.RequeueAsync(
                    delivery, task, queue, task.Attempt + (plan.CountsAttempt ? 1 : 0), plan.CountsAttempt ? 0 : task.Aborts + 1, plan.Delay).ConfigureAwait(false) != Replacement.Unsettled;
                break;
            case SettlementAction.Park:
                return await ParkAsync(delivery, task, outcome, plan.Parking).ConfigureAwait(false);
            default:
                ExecutionLog.PutBack(logger, task.TaskId, queue.QueueId, task.TaskType, task.Attempt, outcome.Message);
                await PutBackAsync(delivery, stopping).ConfigureAwait(false);
                return false;
        }

        if (!settled)
        {
            ExecutionLog.Unsettled(logger, task.TaskId, queue.QueueId, task.TaskType, outcome.Result);
        }

        return false;
    }

    private async ValueTask<bool> ParkAsync(Delivery delivery, TaskMessage task, ExecutionOutcome outcome, ParkingQueue parking)
    {
        string result = parking == ParkingQueue.Fatal ? nameof(TaskProcessingJobResult.Fatal) : nameof(TaskProcessingJobResult.Fail);
        var failure = new FailureDetails(
            result, outcome.Error is null ? null : ExceptionText.TypeOf(outcome.Error), outcome.Message ?? result,
            outcome.Error is null ? null : ExceptionText.DescriptionOf(outcome.Error), task.Attempt, task.Redrives);
        Replacement parked = await settler.ParkAsync(delivery, task.TaskId, queue, parking, failure).ConfigureAwait(false);
        if (parked == Replacement.Unsettled)
        {
            ExecutionLog.Unsettled(logger, task.TaskId, queue.QueueId, task.TaskType, outcome.Result);
            return false;
        }

        if (parked == Replacement.DeadLettered)
        {
            // The settler has said why.
            return true;
        }

        string name = queueName + (parking == ParkingQueue.Fatal ? ".fatal" : ".failed");
        ExecutionLog.Parked(logger, task.TaskId, queue.QueueId, task.TaskType, task.Attempt, result, name, outcome.Message, outcome.Error);
        return true;
    }

    private async ValueTask PutBackAsync(Delivery delivery, CancellationToken stopping)
    {
        switch (queue.Behavior)
        {
            case TaskQueueBehavior.Concurrent:
                await settler.PutBackAsync(delivery, queue).ConfigureAwait(false);
                break;
            case TaskQueueBehavior.Broadcast:
                await delivery.Session.ReturnAsync(delivery).ConfigureAwait(false);
                break;
            case TaskQueueBehavior.Sequential when !stopping.IsCancellationRequested:
                // A nack would let later tasks overtake; a closed channel returns all, in order. On shutdown it closes anyway.
                delivery.Session.End("a processor put its task back (Abort)");
                break;
        }
    }
}

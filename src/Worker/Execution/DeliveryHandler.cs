using System.Diagnostics.CodeAnalysis;
using System.Text;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Settlement;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json;

namespace BrokerQueues.Worker.Execution;

/// <summary>Takes one delivery of a queue from its bytes to its settlement: read, execute, decide, settle.</summary>
internal sealed class DeliveryHandler(
    QueueDefinition queue,
    string queueName,
    IReadOnlyDictionary<string, ProcessorDescriptor> processors,
    TaskExecutor executor,
    ResultPolicy policy,
    Settler settler,
    TimeProvider time,
    ILogger logger)
{
    private const string MovingDoesNotMend = "Moving it back does not mend it: correct the publisher, publish the task again, and delete this one.";

    /// <summary>Handles a delivery.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="stopping">Fires when the node begins to shut down: waiting at the head of a queue ends then, execution does not.</param>
    /// <returns>True where the task was parked.</returns>
    public async ValueTask<bool> HandleAsync(Delivery delivery, CancellationToken stopping)
    {
        if (!TryUnderstand(delivery, out TaskMessage? task, out ProcessorDescriptor? processor, out TaskDirective? directive, out FailureDetails? reason))
        {
            return await SetAsideAsync(delivery, task, reason).ConfigureAwait(false);
        }

        ConsumerSession session = delivery.Session;
        for (int retryCount = 0; ;)
        {
            ExecutionOutcome outcome = await executor.ExecuteAsync(processor, task, directive, retryCount, session.Aborted).ConfigureAwait(false);
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

            // The processor may have changed its directive; each run gets what was sent.
            directive = ReadDirective(delivery, processor);
        }
    }

    private static TaskDirective? ReadDirective(Delivery delivery, ProcessorDescriptor processor) =>
        processor.DirectiveType is { } type ? DirectiveJson.Read(delivery.Body, type) : null;

    private bool TryUnderstand(
        Delivery delivery,
        [NotNullWhen(true)] out TaskMessage? task,
        [NotNullWhen(true)] out ProcessorDescriptor? processor,
        out TaskDirective? directive,
        [NotNullWhen(false)] out FailureDetails? reason)
    {
        processor = null;
        directive = null;
        if (TaskMessage.TryRead(delivery.Properties, queueName, out task) is { } unreadable)
        {
            reason = Incompatible(null, unreadable, null);
            return false;
        }

        if (!processors.TryGetValue(task!.TaskType, out processor))
        {
            string known = string.Join(", ", processors.Keys.Order(StringComparer.Ordinal).Take(20).Select(type => $"'{type}'"));
            reason = Incompatible(task, $"No processor on this node understands the task type '{task.TaskType}'. It understands {known}. Deploy a worker that does, then move the task back.", null);
            return false;
        }

        try
        {
            directive = ReadDirective(delivery, processor);
            reason = null;
            return true;
        }
        catch (DecoderFallbackException exception)
        {
            reason = Incompatible(task, $"The body is not UTF-8: {exception.Message} {MovingDoesNotMend}", exception);
        }
        catch (JsonException exception)
        {
            reason = Incompatible(task, $"The body is not the JSON of {processor.DirectiveType!.Name}: {exception.Message} {MovingDoesNotMend}", exception);
        }
#pragma warning disable CA1031 // Setters and constructors of the directive are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            reason = Incompatible(task, $"The body could not be made a {processor.DirectiveType!.Name}: {exception.Message} Correct the code of the directive, deploy it, and move the task back; or publish it again corrected, and delete this one.", exception);
        }

        return false;
    }

    private static FailureDetails Incompatible(TaskMessage? task, string message, Exception? exception) => new(
        nameof(ParkingQueue.Incompatible), exception?.GetType().FullName, message, exception?.ToString(), Attempts: (task?.Attempt ?? 1) - 1, task?.Redrives ?? 0);

    private async ValueTask<bool> SetAsideAsync(Delivery delivery, TaskMessage? task, FailureDetails reason)
    {
        TaskId taskId = task?.TaskId ?? TaskMessage.ReadId(delivery.Properties) ?? TaskId.New();
        string taskType = delivery.Properties.Type ?? "";
        if (queue.Behavior == TaskQueueBehavior.Broadcast)
        {
            ExecutionLog.BroadcastFailed(logger, taskId, queue.QueueId, taskType, reason.Result, reason.ErrorMessage, null);
            await Settler.AcknowledgeAsync(delivery).ConfigureAwait(false);
            return false;
        }

        if (await settler.ParkAsync(delivery, taskId, queue, ParkingQueue.Incompatible, reason).ConfigureAwait(false) == Replacement.Done)
        {
            ExecutionLog.Parked(logger, taskId, queue.QueueId, taskType, task?.Attempt ?? 1, reason.Result, $"{queueName}.incompatible", reason.ErrorMessage, null);
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
            return true;
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
            result, outcome.Error?.GetType().FullName, outcome.Message ?? result, outcome.Error?.ToString(), task.Attempt, task.Redrives);
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

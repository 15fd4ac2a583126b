using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Worker.Discovery;

namespace BrokerQueues.Worker.Results;

/// <summary>Where a task stands when its execution has ended.</summary>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="RetryCount">How often this attempt has been run again in place.</param>
/// <param name="Aborts">How often a processor has put the task back.</param>
/// <param name="ReturnCount">How often the broker has had it back.</param>
/// <param name="IsStopping">Whether the node is shutting down.</param>
/// <param name="IsAborted">Whether its executions no longer count.</param>
internal readonly record struct TaskStanding(int Attempt, int RetryCount, int Aborts, long ReturnCount, bool IsStopping, bool IsAborted = false)
{
    /// <summary>How long ago it was created; null where that is not known, or does not matter.</summary>
    public TimeSpan? Age { get; init; }
}

/// <summary>What is done about an execution.</summary>
/// <param name="Outcome">How it ended, as it counts: a Retry too many is a Fail.</param>
/// <param name="Plan">What is done with the delivery.</param>
internal readonly record struct Decision(ExecutionOutcome Outcome, SettlementPlan Plan);

/// <summary>The result table: what each result means for each kind of queue. Pure, so that the table can be read and tested as one.</summary>
internal sealed class ResultPolicy(WorkerOptions options, Func<double> random)
{
    private const double Jitter = 0.2;
    private static readonly TimeSpan s_minDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_minHoldOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_maxHoldOff = TimeSpan.FromMinutes(1);

    /// <summary>Decides about an execution.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="processor">The processor; null only where the outcome is Incompatible.</param>
    /// <param name="standing">Where the task stands.</param>
    public Decision Decide(ExecutionOutcome outcome, QueueDefinition queue, ProcessorDescriptor? processor, TaskStanding standing)
    {
        if (processor is null || outcome.IsIncompatible)
        {
            return new(outcome, queue.Behavior == TaskQueueBehavior.Broadcast
                ? new(SettlementAction.AcknowledgeFailure)
                : new(SettlementAction.Park, Parking: ParkingQueue.Incompatible));
        }

        if (outcome.Result == TaskProcessingJobResult.Retry)
        {
            outcome = standing.IsAborted ? outcome with { Result = TaskProcessingJobResult.Abort }
                : standing.RetryCount < processor.MaxRetries ? outcome
                : outcome.RetriedTooOften(standing.RetryCount + 1, processor.MaxRetries);
        }

        SettlementPlan plan = PlanFor(outcome, queue, processor, standing);
        return plan.CountsAttempt && processor.MaxAge < standing.Age + plan.Delay
            ? new(outcome.TooOld(processor.MaxAge.Value), new(SettlementAction.Park, Parking: ParkingQueue.Failed))
            : new(outcome, plan);
    }

    private SettlementPlan PlanFor(ExecutionOutcome outcome, QueueDefinition queue, ProcessorDescriptor processor, TaskStanding standing) => outcome.Result switch
    {
        TaskProcessingJobResult.Complete or TaskProcessingJobResult.Cancel => new(SettlementAction.Acknowledge),
        TaskProcessingJobResult.Retry => new(SettlementAction.RunAgain),
        TaskProcessingJobResult.Abort => Abort(queue, standing),
        _ when queue.Behavior == TaskQueueBehavior.Broadcast => new(SettlementAction.AcknowledgeFailure),
        TaskProcessingJobResult.Requeue => Requeue(outcome, queue, standing),
        TaskProcessingJobResult.Fatal => new(SettlementAction.Park, Parking: ParkingQueue.Fatal),
        // Fail.
        _ when standing.Attempt <= processor.MaxRequeues => Requeue(outcome, queue, standing),
        _ => new(SettlementAction.Park, Parking: ParkingQueue.Failed),
    };

    private SettlementPlan Requeue(ExecutionOutcome outcome, QueueDefinition queue, TaskStanding standing)
    {
        TimeSpan delay = outcome.Delay is { } chosen ? Longer(chosen, s_minDelay) : Backoff(standing.Attempt, options.MinRequeueDelay, options.MaxRequeueDelay);
        if (outcome.MinDelay is { } wanted)
        {
            delay = Longer(delay, wanted);
        }

        return new(KeepsItsPlace(queue) ? SettlementAction.HoldAndRunAgain : SettlementAction.Requeue, delay, CountsAttempt: true);
    }

    private SettlementPlan Abort(QueueDefinition queue, TaskStanding standing)
    {
        if (standing.IsStopping)
        {
            return new(SettlementAction.Return);
        }

        switch (queue.Behavior)
        {
            case TaskQueueBehavior.Broadcast:
                return new(SettlementAction.AcknowledgeFailure);
            case TaskQueueBehavior.Sequential when standing.ReturnCount < queue.DeliveryLimit / 2:
                return new(SettlementAction.Return);
            default:
                // A processor that keeps saying Abort must not spin. On a concurrent queue the wait is spent in the delay
                // ladder, holding nothing here; on a sequential one that has been handed around long enough, at the head,
                // for each further return would count towards the delivery limit.
                TimeSpan holdOff = Backoff(standing.Aborts + 1, s_minHoldOff, s_maxHoldOff);
                return new(queue.Behavior == TaskQueueBehavior.Sequential ? SettlementAction.HoldAndRunAgain : SettlementAction.Requeue, holdOff);
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static bool KeepsItsPlace(QueueDefinition queue) =>
        queue is { Behavior: TaskQueueBehavior.Sequential, RequeuePlacement: RequeuePlacement.Head };

    private TimeSpan Backoff(int times, TimeSpan min, TimeSpan max)
    {
        // 2^30 seconds are far past any maximum: cap the exponent before it overflows.
        double seconds = min.TotalSeconds * Math.Pow(2, Math.Clamp(times - 1, 0, 30)) * (1 + (Jitter * random()));
        return TimeSpan.FromSeconds(Math.Min(seconds, max.TotalSeconds));
    }
}

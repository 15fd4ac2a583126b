using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Results;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>Judge: what the processor returned or threw becomes an outcome.</summary>
internal sealed class JudgeStep(ExceptionClassifier classifier) : ITaskStep
{
    /// <summary>What has run is judged in any case, for telemetry and the log.</summary>
    public bool NeedsSession => false;

    public ValueTask ExecuteAsync(TaskExecution execution)
    {
        if (execution.Outcome is null)
        {
            execution.Outcome = Judge(execution.Processor!, execution.Ending);
        }

        return default;
    }

    private ExecutionOutcome Judge(BoundProcessor processor, RunEnding ending) =>
        ending.Thrown is { } thrown ? JudgeThrown(processor, thrown, ending) : JudgeReturned(processor, ending.Returned, ending);

    private ExecutionOutcome JudgeReturned(BoundProcessor processor, TaskProcessingJobResult result, RunEnding ending)
    {
        if (ending is { IsTimedOut: true, IsCommitted: false })
        {
            return TimedOut(processor, null);
        }

        if (!Enum.IsDefined(result))
        {
            return ExecutionOutcome.Of(TaskProcessingJobResult.Fail, new InvalidOperationException($"The processor returned {(int)result}, which is no TaskProcessingJobResult."));
        }

        ProcessorDescriptor descriptor = processor.Descriptor;
        if (result == TaskProcessingJobResult.Complete && descriptor.TransactionMode == TransactionMode.Hybrid && !ending.IsCommitted)
        {
            return ending.IsAborted
                ? new ExecutionOutcome(TaskProcessingJobResult.Abort, null, "The task was no longer this node's before it committed.")
                : ExecutionOutcome.Of(TaskProcessingJobResult.Fail, new InvalidOperationException(
                    $"The processor of '{descriptor.TaskType}' in queue '{descriptor.QueueId}' returned without a commit. " +
                    "End it with 'await job.CommitAsync(cancellationToken);', or declare TransactionMode = TransactionMode.Unsafe on its [TaskProcessor]."));
        }

        return ExecutionOutcome.Of(result);
    }

    private ExecutionOutcome JudgeThrown(BoundProcessor processor, Exception thrown, RunEnding ending)
    {
        if (thrown is OperationCanceledException && (ending.IsAborted || ending.IsTimedOut))
        {
            // What is committed is done: running it again would do it twice.
            return ending.IsCommitted ? ExecutionOutcome.Of(TaskProcessingJobResult.Complete)
                : ending.IsAborted ? ExecutionOutcome.Of(TaskProcessingJobResult.Abort, thrown)
                : TimedOut(processor, thrown);
        }

        ExecutionOutcome outcome = ExecutionOutcome.Of(classifier.Classify(thrown, processor.Descriptor), thrown) with
        {
            Delay = (thrown as TaskResultException)?.Delay,
            MinDelay = classifier.FindRetryAfter(thrown),
        };
        if (!Enum.IsDefined(outcome.Result))
        {
            return outcome with
            {
                Result = TaskProcessingJobResult.Fail,
                Message = $"The processor threw a TaskResultException with {(int)outcome.Result}, which is no TaskProcessingJobResult: {outcome.Message}",
            };
        }

        if (outcome.Result != TaskProcessingJobResult.Complete)
        {
            return outcome;
        }

        // Thrown or returned, a Complete has to have been committed.
        ExecutionOutcome judged = JudgeReturned(processor, outcome.Result, ending);
        return judged.Result == TaskProcessingJobResult.Complete ? outcome : judged;
    }

    private ExecutionOutcome TimedOut(BoundProcessor processor, Exception? inner)
    {
        ProcessorDescriptor descriptor = processor.Descriptor;
        var timeout = new TimeoutException($"The processor of '{descriptor.TaskType}' in queue '{descriptor.QueueId}' took longer than its limit of {processor.Limit}.", inner);
        return ExecutionOutcome.Of(classifier.FindRule(timeout, descriptor) ?? TaskProcessingJobResult.Fail, timeout);
    }
}

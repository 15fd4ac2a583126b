using System.Diagnostics;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Discovery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Execution;

/// <summary>
/// Executes a task once: a scope, the processor out of it, the call with its limits of time, and the outcome. It settles
/// nothing and never throws.
/// </summary>
internal sealed class TaskExecutor(IServiceScopeFactory scopes, ExceptionClassifier classifier, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>How long a processor in <see cref="TransactionMode.Full"/> may take.</summary>
    private static readonly TimeSpan s_fullTransactionLimit = TimeSpan.FromSeconds(90);

    private readonly ILogger _logger = loggers.CreateGuarded("BrokerQueues.Queue");

    public async ValueTask<ExecutionOutcome> ExecuteAsync(
        ProcessorDescriptor processor, TaskMessage task, TaskDirective? directive, int retryCount, CancellationToken aborted)
    {
        Activity? activity = TaskActivity.Start(processor, task, _logger);
        ExecutingTask.Id = task.TaskId.Value;
        ExecutionOutcome outcome;
        if (LimitOf(processor) is not { } limit)
        {
            outcome = await RunAsync(processor, task, directive, retryCount, default, aborted).ConfigureAwait(false);
        }
        else
        {
            using var timedOut = new TimeLimitSource(limit, time);
            outcome = await RunAsync(processor, task, directive, retryCount, new TimeLimit(limit, timedOut.Token), aborted).ConfigureAwait(false);
        }

        if (activity is not null)
        {
            TaskActivity.Stop(activity, outcome, _logger);
        }

        return outcome;
    }

    private static TimeSpan? LimitOf(ProcessorDescriptor processor) => processor.TransactionMode != TransactionMode.Full
        ? processor.Timeout
        : processor.Timeout < s_fullTransactionLimit ? processor.Timeout : s_fullTransactionLimit;

    private async ValueTask<ExecutionOutcome> RunAsync(
        ProcessorDescriptor processor, TaskMessage task, TaskDirective? directive, int retryCount, TimeLimit limit, CancellationToken aborted)
    {
        using CancellationTokenSource? either = limit.Reached.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(limit.Reached, aborted) : null;
        TaskProcessingJob? job = null;
        try
        {
            job = processor.CreateJob.Create(task, directive, new JobContext(processor.QueueId, retryCount, time, aborted, limit.Reached));
            TaskProcessingJobResult result = await InvokeInScopeAsync(processor, job, either?.Token ?? aborted).ConfigureAwait(false);
            return JudgeReturn(processor, task, result, limit, aborted, isCommitted: job.Seal());
        }
#pragma warning disable CA1031 // Whatever a processor throws becomes a result; nothing may reach the consumer.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            return JudgeException(processor, task, ExceptionClassifier.Unwrap(thrown), limit, aborted, isCommitted: job?.Seal() ?? false);
        }
    }

    private async ValueTask<TaskProcessingJobResult> InvokeInScopeAsync(ProcessorDescriptor processor, TaskProcessingJob job, CancellationToken token)
    {
        AsyncServiceScope scope = scopes.CreateAsyncScope();
        try
        {
            object? target = processor.TargetType is null ? null : scope.ServiceProvider.GetRequiredService(processor.TargetType);
            return await processor.Invoke(target, job, token).ConfigureAwait(false);
        }
        finally
        {
            await DisposeAsync(scope, job).ConfigureAwait(false);
        }
    }

    // What fails while cleaning up is no reason to run the task again.
    private async ValueTask DisposeAsync(AsyncServiceScope scope, TaskProcessingJob job)
    {
        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Disposing runs the services' own code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.DisposeFailed(_logger, job.TaskId, job.QueueId, job.TaskType, exception);
        }
    }

#pragma warning disable CA1068 // What is judged comes last, behind what it is judged by.
    private ExecutionOutcome JudgeReturn(
        ProcessorDescriptor processor, TaskMessage task, TaskProcessingJobResult result, TimeLimit limit, CancellationToken aborted, bool isCommitted)
    {
        if (limit.Reached.IsCancellationRequested && !isCommitted)
        {
            return TimedOut(processor, limit, null);
        }

        if (!Enum.IsDefined(result))
        {
            return ExecutionOutcome.Of(TaskProcessingJobResult.Fail, new InvalidOperationException($"The processor returned {(int)result}, which is no TaskProcessingJobResult."));
        }

        if (result == TaskProcessingJobResult.Complete && processor.TransactionMode == TransactionMode.Hybrid && !isCommitted)
        {
            return aborted.IsCancellationRequested
                ? new ExecutionOutcome(TaskProcessingJobResult.Abort, null, "The task was no longer this node's before it committed.")
                : ExecutionOutcome.Of(TaskProcessingJobResult.Fail, new InvalidOperationException(
                    $"The processor of '{task.TaskType}' in queue '{processor.QueueId}' returned without a commit. " +
                    "End it with 'await job.CommitAsync(cancellationToken);', or declare TransactionMode = TransactionMode.Unsafe on its [TaskProcessor]."));
        }

        return ExecutionOutcome.Of(result);
    }

    private ExecutionOutcome JudgeException(
        ProcessorDescriptor processor, TaskMessage task, Exception thrown, TimeLimit limit, CancellationToken aborted, bool isCommitted)
    {
        if (thrown is OperationCanceledException && (aborted.IsCancellationRequested || limit.Reached.IsCancellationRequested))
        {
            // What is committed is done: running it again would do it twice.
            return isCommitted ? ExecutionOutcome.Of(TaskProcessingJobResult.Complete)
                : aborted.IsCancellationRequested ? ExecutionOutcome.Of(TaskProcessingJobResult.Abort, thrown)
                : TimedOut(processor, limit, thrown);
        }

        var outcome = ExecutionOutcome.Of(classifier.Classify(thrown, processor), thrown);
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
        ExecutionOutcome judged = JudgeReturn(processor, task, outcome.Result, limit, aborted, isCommitted);
        return judged.Result == TaskProcessingJobResult.Complete ? outcome : judged;
    }
#pragma warning restore CA1068

    private ExecutionOutcome TimedOut(ProcessorDescriptor processor, TimeLimit limit, Exception? inner)
    {
        var timeout = new TimeoutException($"The processor of '{processor.TaskType}' in queue '{processor.QueueId}' took longer than its limit of {limit.Length}.", inner);
        return ExecutionOutcome.Of(classifier.FindRule(timeout, processor) ?? TaskProcessingJobResult.Fail, timeout);
    }

    /// <summary>How long an execution may take; default for no limit.</summary>
    private readonly record struct TimeLimit(TimeSpan Length, CancellationToken Reached);
}

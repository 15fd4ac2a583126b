using System.Diagnostics;
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

    private static readonly ActivitySource s_activities = new("BrokerQueues");

    private readonly ILogger _logger = loggers.CreateLogger("BrokerQueues.Queue");

    public async ValueTask<ExecutionOutcome> ExecuteAsync(
        ProcessorDescriptor processor, TaskMessage task, TaskDirective? directive, int retryCount, CancellationToken aborted)
    {
        using Activity? activity = StartActivity(processor, task);
        ExecutingTask.Id = task.TaskId.Value;

        if (LimitOf(processor) is not { } limit)
        {
            return await RunAsync(processor, task, directive, retryCount, default, aborted).ConfigureAwait(false);
        }

        using var timedOut = new CancellationTokenSource(limit, time);
        return await RunAsync(processor, task, directive, retryCount, new TimeLimit(limit, timedOut.Token), aborted).ConfigureAwait(false);
    }

    private static TimeSpan? LimitOf(ProcessorDescriptor processor) => processor.TransactionMode != TransactionMode.Full
        ? processor.Timeout
        : processor.Timeout < s_fullTransactionLimit ? processor.Timeout : s_fullTransactionLimit;

    private async ValueTask<ExecutionOutcome> RunAsync(
        ProcessorDescriptor processor, TaskMessage task, TaskDirective? directive, int retryCount, TimeLimit limit, CancellationToken aborted)
    {
        TaskProcessingJob job = processor.CreateJob.Create(task, directive, new JobContext(processor.QueueId, retryCount, time, aborted, limit.Reached));
        using CancellationTokenSource? either = limit.Reached.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(limit.Reached, aborted) : null;
        try
        {
            TaskProcessingJobResult result = await InvokeInScopeAsync(processor, job, either?.Token ?? aborted).ConfigureAwait(false);
            return JudgeReturn(processor, job, result, limit);
        }
#pragma warning disable CA1031 // Whatever a processor throws becomes a result; nothing may reach the consumer.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            return JudgeException(processor, job, ExceptionClassifier.Unwrap(thrown), limit);
        }
        finally
        {
            job.Close();
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

    private static ExecutionOutcome JudgeReturn(ProcessorDescriptor processor, TaskProcessingJob job, TaskProcessingJobResult result, TimeLimit limit)
    {
        if (limit.Reached.IsCancellationRequested && !job.IsCommitted)
        {
            return TimedOut(job, limit, null);
        }

        if (!Enum.IsDefined(result))
        {
            return ExecutionOutcome.Of(TaskProcessingJobResult.Fail, new InvalidOperationException($"The processor returned {(int)result}, which is no TaskProcessingJobResult."));
        }

        if (result == TaskProcessingJobResult.Complete && processor.TransactionMode == TransactionMode.Hybrid && !job.IsCommitted)
        {
            return job.JobAborted.IsCancellationRequested
                ? new ExecutionOutcome(TaskProcessingJobResult.Abort, null, "The task was no longer this node's before it committed.")
                : ExecutionOutcome.Of(TaskProcessingJobResult.Fail, new InvalidOperationException(
                    $"The processor of '{job.TaskType}' in queue '{job.QueueId}' returned without a commit. " +
                    "End it with 'await job.CommitAsync(cancellationToken);', or declare TransactionMode = TransactionMode.Unsafe on its [TaskProcessor]."));
        }

        return ExecutionOutcome.Of(result);
    }

    private ExecutionOutcome JudgeException(ProcessorDescriptor processor, TaskProcessingJob job, Exception thrown, TimeLimit limit)
    {
        if (thrown is OperationCanceledException)
        {
            if (job.JobAborted.IsCancellationRequested)
            {
                return ExecutionOutcome.Of(TaskProcessingJobResult.Abort, thrown);
            }

            if (limit.Reached.IsCancellationRequested && !job.IsCommitted)
            {
                return TimedOut(job, limit, thrown);
            }
        }

        return ExecutionOutcome.Of(classifier.Classify(thrown, processor), thrown);
    }

    private static ExecutionOutcome TimedOut(TaskProcessingJob job, TimeLimit limit, Exception? inner) => ExecutionOutcome.Of(
        TaskProcessingJobResult.Fail,
        new TimeoutException($"The processor of '{job.TaskType}' in queue '{job.QueueId}' took longer than its limit of {limit.Length}.", inner));

    private static Activity? StartActivity(ProcessorDescriptor processor, TaskMessage task)
    {
        if (!s_activities.HasListeners())
        {
            return null;
        }

        // A trace that cannot be read is no reason not to run the task: it starts a new one.
        _ = ActivityContext.TryParse(task.TraceParent, task.TraceState, isRemote: true, out ActivityContext parent);
        Activity? activity = s_activities.StartActivity($"{processor.QueueId} process", ActivityKind.Consumer, parent);
        activity?.SetTag("messaging.system", "rabbitmq")
            .SetTag("messaging.destination.name", processor.QueueId)
            .SetTag("messaging.message.id", task.TaskId.Value)
            .SetTag("messaging.operation.type", "process")
            .SetTag("brokerqueues.task.type", task.TaskType)
            .SetTag("brokerqueues.task.attempt", task.Attempt);
        return activity;
    }

    /// <summary>How long an execution may take; default for no limit.</summary>
    private readonly record struct TimeLimit(TimeSpan Length, CancellationToken Reached);
}

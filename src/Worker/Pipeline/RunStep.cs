using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Results;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>Run: calls the processor once, through its layers. Whatever it throws is how the run ended.</summary>
internal sealed class RunStep(ExecutionTelemetry telemetry, TimeProvider time, ILogger logger) : ITaskStep
{
    public async ValueTask ExecuteAsync(TaskExecution execution)
    {
        if (execution.Outcome is not null)
        {
            return;
        }

        TaskMessage task = execution.Task!;
        BoundProcessor processor = execution.Processor!;
        execution.RunningSince = time.GetTimestamp();
        telemetry.Begin(execution);
        ExecutingTask.Current = task;
        using IDisposable? scope = TaskLogScope.Begin(logger, processor.Descriptor.QueueId, task);
        CancellationTokenSource aborted = execution.Session.RentAborted();
        TaskProcessingJob? job = null;
        try
        {
            job = processor.Descriptor.CreateJob.Create(
                task, execution.Directive, new JobContext(processor.Descriptor.QueueId, execution.RetryCount, time, aborted.Token));
            TaskProcessingJobResult result = await processor.RunAsync(job, aborted.Token).ConfigureAwait(false);
            execution.Ending = EndingOf(job, result, thrown: null, aborted.Token);
        }
#pragma warning disable CA1031 // Whatever a processor throws becomes a result; nothing may reach the consumer.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            execution.Ending = EndingOf(job, default, ExceptionClassifier.Unwrap(thrown), aborted.Token);
        }
        finally
        {
            execution.Session.ReturnAborted(aborted);
        }
    }

    private static RunEnding EndingOf(TaskProcessingJob? job, TaskProcessingJobResult returned, Exception? thrown, CancellationToken aborted) =>
        new(returned, thrown, IsCommitted: job?.Seal() ?? false, aborted.IsCancellationRequested, IsTimedOut: job?.TimedOut.IsCancellationRequested ?? false);
}

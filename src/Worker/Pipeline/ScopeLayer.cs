using BrokerQueues.Worker.Discovery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>The innermost layer: a scope of services, the processor's class out of it, and the call.</summary>
internal sealed class ScopeLayer(ProcessorDescriptor processor, IServiceScopeFactory scopes, ILogger logger) : RunLayer
{
    public override async ValueTask<TaskProcessingJobResult> RunAsync(TaskProcessingJob job, CancellationToken cancellationToken)
    {
        AsyncServiceScope scope = scopes.CreateAsyncScope();
        try
        {
            object? target = processor.TargetType is null ? null : scope.ServiceProvider.GetRequiredService(processor.TargetType);
            return await processor.Invoke(target, job, cancellationToken).ConfigureAwait(false);
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
            ExecutionLog.DisposeFailed(logger, job.TaskId, job.QueueId, job.TaskType, exception);
        }
    }
}

using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Tests.Extending;

internal sealed partial class OldTaskLog(TimeProvider time, ILogger<OldTaskLog> logger) : ITaskMiddleware
{
    public ValueTask<TaskProcessingJobResult> ExecuteAsync(
        ITaskProcessingJob job, ITaskProcessorInfo processor, TaskMiddlewareDelegate next, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - job.CreatedAt is { TotalHours: > 1 } age)
        {
            StartedLate(job.TaskId, age.TotalHours);
        }

        return next(job, cancellationToken);
    }

    [LoggerMessage(1, LogLevel.Warning, "Task {TaskId} starts {Hours:0.0} hours after it was created")]
    private partial void StartedLate(TaskId taskId, double hours);
}

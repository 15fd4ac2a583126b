using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Samples.DocumentVault.Around;

/// <summary>Logs what took long, whichever processor it was.</summary>
internal sealed partial class SlowTaskLog(ILogger<SlowTaskLog> logger) : ITaskMiddleware
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(2);

    public async ValueTask<TaskProcessingJobResult> ExecuteAsync(
        ITaskProcessingJob job, ITaskProcessorInfo processor, TaskMiddlewareDelegate next, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            return await next(job, cancellationToken);
        }
        finally
        {
            if (Stopwatch.GetElapsedTime(began) is var took && took > s_long)
            {
                TookLong(job.TaskId, processor.TaskType, took.TotalSeconds);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Task {TaskId} ({TaskType}) took {Seconds:0.0} s")]
    private partial void TookLong(TaskId taskId, string taskType, double seconds);
}

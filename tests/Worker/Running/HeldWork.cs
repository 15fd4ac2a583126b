using System.Collections.Concurrent;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>Tasks that run until the test lets them end.</summary>
internal sealed class HeldWork
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<TaskProcessingJobResult>> _tasks = new(StringComparer.Ordinal);

    /// <summary>The ids of those that were told to abort.</summary>
    public ConcurrentQueue<string> Aborted { get; } = new();

    /// <summary>Runs one. It goes on when it is told to abort: what ends it is the test.</summary>
    public async Task<TaskProcessingJobResult> RunAsync(ITaskProcessingJob job, CancellationToken token)
    {
        await using CancellationTokenRegistration aborted = token.Register(() => Aborted.Enqueue(job.TaskId.Value));
        return await Of(job.TaskId.Value).Task;
    }

    public void End(string id, TaskProcessingJobResult result = TaskProcessingJobResult.Complete) => Of(id).TrySetResult(result);

    public void EndAll()
    {
        foreach (string id in _tasks.Keys)
        {
            End(id);
        }
    }

    private TaskCompletionSource<TaskProcessingJobResult> Of(string id) =>
        _tasks.GetOrAdd(id, _ => new TaskCompletionSource<TaskProcessingJobResult>(TaskCreationOptions.RunContinuationsAsynchronously));
}

using System.Collections.Concurrent;
using BrokerQueues.Worker.Pipeline;

namespace BrokerQueues.Worker.Tests.Extending;

internal sealed class CountTriesStep(ConcurrentDictionary<string, int> triesByType) : ITaskStep
{
    public ValueTask ExecuteAsync(TaskExecution execution)
    {
        if (execution.Outcome is { IsIncompatible: false })
        {
            triesByType.AddOrUpdate(execution.Task!.TaskType, 1, (_, tries) => tries + 1);
        }

        return default;
    }
}

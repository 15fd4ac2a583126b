using BrokerQueues.Broker.Hosting;

namespace BrokerQueues.Worker.Discovery;

/// <summary>The settings of single queues (<see cref="WorkerOptions.Queues"/>), matched with the queues that there are.</summary>
internal sealed class QueueSettings(WorkerOptions options)
{
    /// <summary>Where they stand in the configuration.</summary>
    public const string Section = $"{WorkerOptions.SectionName}:{nameof(WorkerOptions.Queues)}";

    private static readonly TaskQueueOptions s_none = new();

    /// <summary>Where those of one queue stand.</summary>
    public static string PathOf(string queueId) => $"{Section}:{queueId}";

    /// <summary>Those of one queue; where there are none, one that says nothing.</summary>
    public TaskQueueOptions Of(string queueId) => options.Queues.TryGetValue(queueId, out TaskQueueOptions? queue) && queue is not null ? queue : s_none;

    /// <summary>Tells what names no queue.</summary>
    /// <param name="known">The ids that are declared, or named by processors.</param>
    /// <param name="mistakes">Gets what is wrong.</param>
    public void Check(IReadOnlyCollection<string> known, List<string> mistakes)
    {
        foreach (string queueId in options.Queues.Keys.Order(StringComparer.Ordinal))
        {
            string[] meant = [.. known.Where(id => id.Equals(queueId, StringComparison.OrdinalIgnoreCase))];
            if (meant.Length == 0)
            {
                mistakes.Add(DescribeUnknown(queueId, known));
            }
            else if (meant.Length > 1)
            {
                mistakes.Add(
                    $"{PathOf(queueId)}: {string.Join(" and ", meant.Order(StringComparer.Ordinal).Select(id => $"'{id}'"))} differ only in upper and lower case, which configuration does not tell apart. " +
                    "Rename one of the queues, or set its values at its [TaskQueue].");
            }
        }
    }

    private static string DescribeUnknown(string queueId, IReadOnlyCollection<string> known)
    {
        // What is nested too deep looks like a queue id with a ':' in it.
        string? outer = known.FirstOrDefault(id => queueId.StartsWith(id + ':', StringComparison.OrdinalIgnoreCase));
        return outer is not null
            ? $"{PathOf(queueId)}: a queue has no section '{queueId[(outer.Length + 1)..]}'. Write its settings directly into {PathOf(outer)}."
            : $"{PathOf(queueId)}: no queue '{queueId}' is declared in the assemblies of this worker. {NearNames.Suggest(queueId, known, "Its queues are")}";
    }
}

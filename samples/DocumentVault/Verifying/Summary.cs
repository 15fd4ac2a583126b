using BrokerQueues.Samples.DocumentVault.Cataloguing;
using BrokerQueues.Samples.DocumentVault.Importing;
using BrokerQueues.Samples.DocumentVault.Publishing;
using BrokerQueues.Samples.DocumentVault.Recording;

namespace BrokerQueues.Samples.DocumentVault.Verifying;

/// <summary>What happened in a run, for people.</summary>
internal static class Summary
{
    private const int MaxReason = 90;

    public static IEnumerable<string> Lines(Evidence evidence, string prefix)
    {
        yield return "";
        yield return "  executed on        imports   ledger lines   broadcasts";
        foreach (IGrouping<string, Execution> node in evidence.Executions.GroupBy(execution => execution.Node).OrderBy(node => node.Key, StringComparer.Ordinal))
        {
            yield return $"  {node.Key,-12} {Count(node, ImportProcessor.QueueId),13} {Count(node, LedgerProcessor.QueueId),14} {Count(node, CatalogueProcessor.QueueId),12}";
        }

        yield return "";
        yield return $"  documents: {string.Join(", ", evidence.Ledger.CountBy(entry => entry.Kind).OrderByDescending(kind => kind.Value).Select(kind => $"{kind.Key} {kind.Value}"))}";
        yield return $"  published twice on purpose: {evidence.Published.Count(task => task.Times > 1)} tasks, recorded once each";
        yield return $"  executed again because of the kill: {ExecutedAgain(evidence, ImportProcessor.QueueId)} imports, {ExecutedAgain(evidence, LedgerProcessor.QueueId)} ledger tasks; archived and recorded once each";
        yield return $"  speed: {Speed(evidence)}";
        foreach (string line in DeadLetters(evidence, prefix))
        {
            yield return line;
        }
    }

    private static int Count(IEnumerable<Execution> executions, string queue) => executions.Count(execution => execution.Queue == queue);

    /// <summary>How many executions there were beyond one for each attempt of each task that was published.</summary>
    private static int ExecutedAgain(Evidence evidence, string queue)
    {
        Dictionary<string, int> times = evidence.Published.ToDictionary(task => task.TaskId, task => task.Times, StringComparer.Ordinal);
        return evidence.Executions
            .Where(execution => execution.Queue == queue)
            .GroupBy(execution => (execution.TaskId, execution.Attempt))
            // A ledger task comes once for each execution of its import, so what a repeated import adds is no news of its own.
            .Sum(group => Math.Max(0, group.Count() - times.GetValueOrDefault(LedgerProcessor.ImportIdOf(group.Key.TaskId), 1)));
    }

    private static string Speed(Evidence evidence)
    {
        if (evidence.Executions.Count == 0)
        {
            return "nothing ran";
        }

        TimeSpan took = evidence.Executions.Max(execution => execution.At) - evidence.Executions.Min(execution => execution.At);
        double seconds = Math.Max(0.001, took.TotalSeconds);
        return $"{evidence.Ledger.Count} documents in {seconds:0.0} s ({evidence.Ledger.Count / seconds:0}/s), {evidence.Executions.Count} executions of all kinds ({evidence.Executions.Count / seconds:0}/s)";
    }

    private static IEnumerable<string> DeadLetters(Evidence evidence, string prefix)
    {
        HashSet<string> onPurpose = [.. evidence.Published.Where(TaskChecks.IsToBePark).Select(task => task.TaskId)];
        yield return "";
        yield return $"  dead letters: {evidence.Parked.Count(task => onPurpose.Contains(task.TaskId))} on purpose, {evidence.Parked.Count(task => !onPurpose.Contains(task.TaskId))} because a file really has a fault";
        foreach (ParkedTask task in evidence.Parked)
        {
            string reason = task.Reason.ReplaceLineEndings(" ");
            yield return $"  {task.Queue[prefix.Length..],-26} {task.TaskId}, attempts {task.Attempts}, on {task.Node}";
            yield return $"  {"",-26} {(reason.Length <= MaxReason ? reason : reason[..MaxReason] + "...")}";
        }
    }
}

using BrokerQueues.Samples.DocumentVault.Importing;
using BrokerQueues.Samples.DocumentVault.Publishing;
using BrokerQueues.Samples.DocumentVault.Recording;

namespace BrokerQueues.Samples.DocumentVault.Verifying;

/// <summary>Compares what was sent with where it ended.</summary>
internal static class TaskChecks
{
    public static IEnumerable<Check> Run(Evidence evidence, IReadOnlyList<string> nodeNames)
    {
        yield return new Check(
            $"nothing is lost: each of {evidence.Published.Count} tasks is recorded or lies in a parking queue",
            [.. evidence.Missing().Select(task => $"{task.TaskId} ({task.Path}) is nowhere")]);
        yield return new Check($"the ledger's chain is unbroken over {evidence.Ledger.Count} lines, and has each import once", [.. LedgerObjections(evidence)]);
        yield return new Check(
            $"the catalogues of {string.Join(", ", nodeNames)} are equal: {evidence.Catalogue.Documents} documents, {evidence.Catalogue.Words:N0} words, digest {evidence.Catalogue.Digest[..12]}",
            [.. CatalogueObjections(evidence, nodeNames)]);
        yield return new Check(
            $"{evidence.Published.Count(IsToBePark)} tasks that fail on purpose lie in their parking queues, with their reasons",
            [.. evidence.Published.Where(IsToBePark).SelectMany(task => ParkingObjections(task, evidence.Parked))]);
        yield return new Check(
            "a file that was locked at first was requeued, and imported later",
            [.. evidence.Published.Where(task => task.Expected == Expectation.ImportedAfterRequeue).SelectMany(task => RequeueObjections(task, evidence))]);
    }

    /// <summary>Whether a task is to end in a parking queue.</summary>
    public static bool IsToBePark(PublishedTask task) => task.Expected is Expectation.Failed or Expectation.Fatal or Expectation.Incompatible;

    // The reader has gone along the chain already; it throws where it is broken.
    private static IEnumerable<string> LedgerObjections(Evidence evidence)
    {
        foreach (IGrouping<string, LedgerEntry> entries in evidence.Ledger.GroupBy(entry => entry.TaskId).Where(entries => entries.Count() > 1))
        {
            yield return $"{entries.Key} has {entries.Count()} lines";
        }

        HashSet<string> published = [.. evidence.Published.Where(task => !IsToBePark(task)).Select(task => task.TaskId)];
        foreach (LedgerEntry entry in evidence.Ledger.Where(entry => !published.Contains(LedgerProcessor.ImportIdOf(entry.TaskId))))
        {
            yield return $"{entry.TaskId} has a line, and was not published or should have failed";
        }
    }

    private static IEnumerable<string> CatalogueObjections(Evidence evidence, IReadOnlyList<string> nodeNames)
    {
        foreach (string name in nodeNames.Except(evidence.Nodes.Select(node => node.Node)))
        {
            yield return $"{name} has written no status";
        }

        foreach (var node in evidence.Nodes.Where(node => node.Digest != evidence.Catalogue.Digest))
        {
            yield return $"{node.Node} has {node.Documents} documents of {node.Lines} lines, digest {node.Digest[..12]}";
        }
    }

    private static IEnumerable<string> ParkingObjections(PublishedTask task, IReadOnlyList<ParkedTask> parked)
    {
        List<ParkedTask> found = [.. parked.Where(candidate => candidate.TaskId == task.TaskId)];
        if (found.Count == 0)
        {
            yield return $"{task.TaskId} lies in no parking queue";
        }

        string expectedResult = task.Expected == Expectation.Failed ? nameof(TaskProcessingJobResult.Fail) : task.Expected.ToString();
        foreach (ParkedTask one in found)
        {
            if (one.Kind != task.Expected || one.Result != expectedResult || !one.Queue.Contains(ImportProcessor.QueueId, StringComparison.Ordinal))
            {
                yield return $"{task.TaskId} lies in {one.Queue} with bq-result {one.Result}, and belongs among {task.Expected}";
            }

            if (!one.Reason.Contains(task.ReasonHas!, StringComparison.OrdinalIgnoreCase))
            {
                yield return $"{task.TaskId} gives as its reason '{one.Reason}', and '{task.ReasonHas}' should be in it";
            }

            if (string.IsNullOrEmpty(one.Node))
            {
                yield return $"{task.TaskId} does not say on which node it failed";
            }
        }
    }

    private static IEnumerable<string> RequeueObjections(PublishedTask task, Evidence evidence)
    {
        int attempts = evidence.Executions.Where(execution => execution.TaskId == task.TaskId).Select(execution => execution.Attempt).DefaultIfEmpty().Max();
        if (attempts < 2)
        {
            yield return $"{task.TaskId} was imported in attempt {attempts}";
        }

        if (evidence.Ledger.All(entry => entry.TaskId != LedgerProcessor.IdFor(new TaskId(task.TaskId)).Value))
        {
            yield return $"{task.TaskId} is not in the ledger";
        }
    }
}

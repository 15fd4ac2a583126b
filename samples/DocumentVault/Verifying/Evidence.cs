using BrokerQueues.Samples.DocumentVault.Cataloguing;
using BrokerQueues.Samples.DocumentVault.Publishing;
using BrokerQueues.Samples.DocumentVault.Recording;

namespace BrokerQueues.Samples.DocumentVault.Verifying;

/// <summary>All there is to judge a run by: what was sent, what was recorded, what is parked, what ran, and what each node holds.</summary>
internal sealed record Evidence(
    IReadOnlyList<PublishedTask> Published,
    IReadOnlyList<LedgerEntry> Ledger,
    Catalogue Catalogue,
    IReadOnlyList<ParkedTask> Parked,
    IReadOnlyList<Execution> Executions,
    IReadOnlyList<NodeStatus> Nodes)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Gathers it once nothing is under way any more, or when the time is up: what is missing then, the checks will say.</summary>
    public static async Task<Evidence> GatherAsync(
        VaultFolder vault, ParkingQueues parking, IReadOnlyList<string> nodeNames, TimeSpan timeout, CancellationToken cancellationToken)
    {
        DateTime end = DateTime.UtcNow + timeout;
        while (true)
        {
            Evidence evidence = await GatherNowAsync(vault, parking, nodeNames, cancellationToken);
            if (evidence.IsSettled(nodeNames) || DateTime.UtcNow > end)
            {
                return evidence;
            }

            await Task.Delay(s_poll, cancellationToken);
        }
    }

    /// <summary>The published tasks that are neither recorded nor parked.</summary>
    public IReadOnlyList<PublishedTask> Missing()
    {
        HashSet<string> ended = [.. Ledger.Select(entry => LedgerProcessor.ImportIdOf(entry.TaskId)), .. Parked.Select(task => task.TaskId)];
        return [.. Published.Where(task => !ended.Contains(task.TaskId))];
    }

    private static async Task<Evidence> GatherNowAsync(VaultFolder vault, ParkingQueues parking, IReadOnlyList<string> nodeNames, CancellationToken cancellationToken)
    {
        var catalogue = new Catalogue(vault);
        return new Evidence(
            [.. JsonLines.ReadAll<PublishedTask>(vault.Manifest)],
            catalogue.Refresh(),
            catalogue,
            await parking.ReadAsync(cancellationToken),
            [.. Journal.ReadAll(vault)],
            [.. nodeNames.Select(name => Path.Combine(vault.Nodes, name + ".json")).SelectMany(JsonLines.ReadAll<NodeStatus>)]);
    }

    private bool IsSettled(IReadOnlyList<string> nodeNames) =>
        Missing().Count == 0 && Nodes.Count == nodeNames.Count && Nodes.All(node => node.Digest == Catalogue.Digest);
}

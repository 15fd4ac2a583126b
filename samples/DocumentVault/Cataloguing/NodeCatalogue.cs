namespace BrokerQueues.Samples.DocumentVault.Cataloguing;

/// <summary>What a node says of its catalogue.</summary>
internal sealed record NodeStatus(string Node, int Lines, int Documents, long Words, string Digest);

/// <summary>The catalogue of this node, and the file in which the node says what it holds.</summary>
internal sealed class NodeCatalogue(VaultFolder vault, WorkerNode node)
{
    private readonly Catalogue _catalogue = new(vault);
    private readonly Lock _refreshing = new();

    public void Refresh()
    {
        lock (_refreshing)
        {
            // Broadcasts that come in a burst are one refresh: the first reads all there is, and the others find nothing new.
            if (_catalogue.Refresh().Count > 0)
            {
                Directory.CreateDirectory(vault.Nodes);
                JsonLines.Replace(
                    Path.Combine(vault.Nodes, node.Name + ".json"),
                    [new NodeStatus(node.Name, _catalogue.Lines, _catalogue.Documents, _catalogue.Words, _catalogue.Digest)]);
            }
        }
    }
}

namespace BrokerQueues.Samples.DocumentVault.Cataloguing;

/// <summary>Every node hears that the ledger has grown, and refreshes its own catalogue.</summary>
internal sealed class CatalogueProcessor(NodeCatalogue catalogue, Journal journal)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast)]
    public const string QueueId = "vault.catalog-changed";

    public const string ChangedTaskType = "CatalogueChanged";

    [TaskProcessor(QueueId, ChangedTaskType)]
    public void Refresh(ITaskProcessingJob job)
    {
        journal.Begin(job);
        catalogue.Refresh();
    }
}

namespace BrokerQueues.Samples.DocumentVault.Importing;

/// <summary>Imports a document. The task carries where it is, never the document: queues are for work, not for storage.</summary>
internal sealed class ImportDirective : TaskDirective
{
    public string Path { get; set; } = "";
}

using BrokerQueues.Samples.DocumentVault.Importing;

namespace BrokerQueues.Samples.DocumentVault.Recording;

/// <summary>Records a document that has been archived.</summary>
internal sealed class RecordDirective : TaskDirective
{
    public string Path { get; set; } = "";

    public string Sha256 { get; set; } = "";

    public long Bytes { get; set; }

    public DocumentKind Kind { get; set; }

    public long Words { get; set; }

    public string? Title { get; set; }

    public string ImportedBy { get; set; } = "";
}

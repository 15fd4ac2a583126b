using BrokerQueues.Samples.DocumentVault.Importing;

namespace BrokerQueues.Samples.DocumentVault.Recording;

/// <summary>A line of the ledger.</summary>
/// <param name="Previous">The SHA-256 of the line before: nobody can change, remove or insert a line without breaking all that follow.</param>
/// <param name="TaskId">The task that had it recorded; a line for each, however often the task is delivered.</param>
/// <param name="Path">Where the document came from.</param>
/// <param name="Sha256">Where it lies in the archive.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Words">How many words it has.</param>
/// <param name="Title">What it is called.</param>
/// <param name="ImportedBy">The node that archived it.</param>
/// <param name="RecordedBy">The node that wrote this line.</param>
internal sealed record LedgerEntry(
    string Previous,
    string TaskId,
    string Path,
    string Sha256,
    long Bytes,
    DocumentKind Kind,
    long Words,
    string? Title,
    string ImportedBy,
    string RecordedBy);

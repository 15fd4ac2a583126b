namespace BrokerQueues.Samples.DocumentVault.Publishing;

/// <summary>Where a task is to end.</summary>
internal enum Expectation
{
    /// <summary>In the archive and the ledger; or, if the file really has a fault, in a parking queue.</summary>
    Imported,

    /// <summary>In the archive and the ledger after at least one attempt that did not succeed.</summary>
    ImportedAfterRequeue,

    /// <summary>In <c>vault.import.failed</c>.</summary>
    Failed,

    /// <summary>In <c>vault.import.fatal</c>.</summary>
    Fatal,

    /// <summary>In <c>vault.import.incompatible</c>.</summary>
    Incompatible,
}

/// <summary>A line of the manifest: a task and what is expected of it.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Path">The document.</param>
/// <param name="Expected">Where it is to end.</param>
/// <param name="Times">How often it is published.</param>
/// <param name="ReasonHas">What its <c>bq-error-message</c> must contain, where it is to be parked.</param>
internal sealed record PublishedTask(string TaskId, string Path, Expectation Expected, int Times = 1, string? ReasonHas = null);

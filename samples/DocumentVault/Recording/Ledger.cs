namespace BrokerQueues.Samples.DocumentVault.Recording;

/// <summary>
/// Appends to the ledger, once for each task. The file itself is the memory of what has been recorded: a node that takes over
/// after another was killed, between its write and its acknowledgement, reads that line and does not write it again.
/// </summary>
internal sealed class Ledger(VaultFolder vault)
{
    private readonly LedgerReader _reader = new(vault);
    private readonly HashSet<string> _recorded = new(StringComparer.Ordinal);

    /// <summary>Appends a line; false where the task has one already.</summary>
    /// <exception cref="IOException">Another node is writing just now.</exception>
    /// <exception cref="InvalidDataException">The chain is broken.</exception>
    public bool Append(string taskId, Func<string, LedgerEntry> makeEntry)
    {
        // The queue sees to one writer at a time, but it cannot see one that lost its connection and has not noticed yet. The
        // lock can; the kernel frees it however its owner ends. Under it, what is read is what will stand before the new line.
        using FileStream writing = new(vault.LedgerLock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        CatchUp();
        if (_recorded.Contains(taskId))
        {
            return false;
        }

        using (FileStream file = new(vault.Ledger, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            // Whoever was killed within a write left a line without an end. Its task comes back, so it may go.
            file.SetLength(_reader.Position);
            file.Position = _reader.Position;
            file.Write(JsonLines.Write(makeEntry(_reader.LastHash)));
            file.Flush(flushToDisk: true);
        }

        CatchUp();
        return true;
    }

    private void CatchUp() => _recorded.UnionWith(_reader.ReadNew().Select(entry => entry.TaskId));
}

namespace BrokerQueues.Samples.DocumentVault;

/// <summary>Where everything of a vault lies. All nodes share the folder, as they would share a file server.</summary>
internal sealed record VaultFolder(string Root)
{
    /// <summary>The documents by content: <c>archive/ab/cdef...</c> has the SHA-256 <c>abcdef...</c>.</summary>
    public string Archive => Path.Combine(Root, "archive");

    /// <summary>Files on their way into the archive. On the same file system, or the last step could not be a rename.</summary>
    public string Staging => Path.Combine(Root, "staging");

    public string Ledger => Path.Combine(Root, "ledger.jsonl");

    public string LedgerLock => Path.Combine(Root, "ledger.lock");

    /// <summary>One file a node, with the digest of its catalogue.</summary>
    public string Nodes => Path.Combine(Root, "nodes");

    /// <summary>One file a worker process, with a line for each execution.</summary>
    public string Journals => Path.Combine(Root, "journals");

    /// <summary>What <c>publish</c> has sent, and what it expects of each task.</summary>
    public string Manifest => Path.Combine(Root, "manifest.jsonl");

    /// <summary>Input that fails on purpose.</summary>
    public string Faults => Path.Combine(Root, "faults");

    public string PathInArchive(string sha256) => Path.Combine(Archive, sha256[..2], sha256[2..]);
}

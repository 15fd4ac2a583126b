namespace BrokerQueues.Samples.DocumentVault;

/// <summary>Reads the lines that have been added to a file since the last call. A line without its end has not been written yet.</summary>
internal sealed class LineTail(string path)
{
    /// <summary>Where the next line begins: just behind the last whole line that was read.</summary>
    public long Position { get; private set; }

    /// <summary>The new lines, without their ends.</summary>
    public IReadOnlyList<byte[]> ReadNew()
    {
        var lines = new List<byte[]>();
        if (!File.Exists(path))
        {
            return lines;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] added = new byte[Math.Max(0, file.Length - Position)];
        file.Position = Position;
        ReadOnlySpan<byte> rest = added.AsSpan(0, file.ReadAtLeast(added, added.Length, throwOnEndOfStream: false));
        for (int end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            lines.Add(rest[..end].ToArray());
            rest = rest[(end + 1)..];
            Position += end + 1;
        }

        return lines;
    }
}

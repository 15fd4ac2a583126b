using System.Buffers;
using System.Security.Cryptography;

namespace BrokerQueues.Samples.DocumentVault.Importing;

/// <summary>
/// The documents by their content. A file appears in the archive by a rename, whole or not at all, however the process ends;
/// and two nodes that archive the same content rename one over the other, which changes nothing.
/// </summary>
internal sealed class Archive(VaultFolder vault, WorkerNode node)
{
    private const int BufferSize = 64 * 1024;

    private readonly string _staging = Path.Combine(vault.Staging, node.Name);

    /// <summary>Begins anew: what lies in staging is of a predecessor that was killed, and its tasks have gone to others.</summary>
    public void RemoveLeftovers()
    {
        if (Directory.Exists(_staging))
        {
            Directory.Delete(_staging, recursive: true);
        }

        Directory.CreateDirectory(_staging);
    }

    /// <summary>Copies a file beside the archive and hashes it on the way: what is hashed is what will be kept, even if the file changes meanwhile.</summary>
    public async Task<StagedDocument> StageAsync(string path, CancellationToken cancellationToken)
    {
        // FileShare.Read: a file that somebody is writing is refused (IOException), and comes back later.
        await using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        string temporary = Path.Combine(_staging, Guid.NewGuid().ToString("N"));
        await using var copy = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                await copy.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }

            // The task is acknowledged once the document is archived: it must outlast a power cut by then.
            copy.Flush(flushToDisk: true);
            return new StagedDocument(vault, temporary, Convert.ToHexStringLower(hash.GetHashAndReset()), copy.Length);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>A copied document that is not in the archive yet; disposed of without <see cref="MoveIntoArchive"/>, it never will be.</summary>
internal sealed class StagedDocument(VaultFolder vault, string temporaryPath, string sha256, long bytes) : IDisposable
{
    public string TemporaryPath => temporaryPath;

    public string Sha256 => sha256;

    public long Bytes => bytes;

    public void MoveIntoArchive()
    {
        string path = vault.PathInArchive(sha256);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(temporaryPath, path, overwrite: true);
    }

    public void Dispose() => File.Delete(temporaryPath);
}

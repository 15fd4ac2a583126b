using System.Security.Cryptography;
using BrokerQueues.Samples.DocumentVault.Recording;

namespace BrokerQueues.Samples.DocumentVault.Verifying;

/// <summary>Reads every file of the archive again.</summary>
internal static class ArchiveChecks
{
    public static IEnumerable<Check> Run(VaultFolder vault, Evidence evidence)
    {
        HashSet<string> recorded = [.. evidence.Ledger.Select(entry => entry.Sha256)];
        Dictionary<string, string> archived = Directory.Exists(vault.Archive)
            ? Directory.EnumerateFiles(vault.Archive, "*", SearchOption.AllDirectories).ToDictionary(path => NameOf(vault, path), StringComparer.Ordinal)
            : [];

        yield return new Check(
            $"{evidence.Ledger.Count} documents with {recorded.Count} different contents: each content is archived once, and nothing else is",
            [
                .. recorded.Where(hash => !archived.ContainsKey(hash)).Select(hash => $"{hash} is recorded and not archived"),
                .. archived.Keys.Where(hash => !recorded.Contains(hash)).Select(hash => $"{hash} is archived and not recorded"),
            ]);
        yield return new Check(
            "the hash of every archived file is its name",
            [.. archived.AsParallel().Where(file => Hash(file.Value) != file.Key).Select(file => $"{file.Value} has the hash {Hash(file.Value)}")]);
        yield return new Check(
            "every recorded document has the content of the file it came from",
            [.. evidence.Ledger.AsParallel().Where(DiffersFromSource).Select(entry => $"{entry.Path} was recorded as {entry.Sha256}")]);
        yield return new Check(
            "nothing half-written is left, not of the killed node either",
            [.. Directory.EnumerateFiles(vault.Staging, "*", SearchOption.AllDirectories)]);
    }

    private static string NameOf(VaultFolder vault, string path) => Path.GetRelativePath(vault.Archive, path).Replace(Path.DirectorySeparatorChar.ToString(), "", StringComparison.Ordinal);

    // A source that has gone since, or changes all the time, as a log does, speaks neither for nor against the vault.
    private static bool DiffersFromSource(LedgerEntry entry) =>
        new FileInfo(entry.Path) is { Exists: true } source && source.Length == entry.Bytes && Hash(entry.Path) != entry.Sha256;

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}

using System.Security.Cryptography;
using System.Text;

namespace BrokerQueues.Samples.DocumentVault.Publishing;

/// <summary>Chooses the documents to import.</summary>
internal static class InputFiles
{
    /// <summary>Folders with documentation, as most Linux machines have them; those that are missing are passed over.</summary>
    public static readonly IReadOnlyList<string> DefaultFolders =
    [
        "/usr/share/doc", "/usr/share/man", "/usr/share/common-licenses", "/usr/share/info", "/usr/share/perl", "/usr/include", "/usr/lib/python3", "/usr/share",
    ];

    private static readonly EnumerationOptions s_everyFile = new()
    {
        RecurseSubdirectories = true,
        // A link's target is imported under its own name; and a folder that links to one above it has no end.
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };

    /// <summary>Takes folder after folder until there are enough files.</summary>
    public static IReadOnlyList<string> Choose(IEnumerable<string> folders, int enough, int atMost)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string folder in folders.Where(Directory.Exists))
        {
            files.UnionWith(Directory.EnumerateFiles(Path.GetFullPath(folder), "*", s_everyFile).Take(atMost - files.Count));
            if (files.Count >= enough)
            {
                break;
            }
        }

        return [.. files];
    }

    /// <summary>
    /// The id of the task that imports a file: the same each time, so that whoever publishes a folder again imports nothing
    /// twice; and another once the file has changed.
    /// </summary>
    public static string TaskIdFor(string path)
    {
        var file = new FileInfo(path);
        string version = file.Exists ? $"{file.Length} {file.LastWriteTimeUtc.Ticks}" : "missing";
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{path}\n{version}"));
        return $"import-{Convert.ToHexStringLower(hash.AsSpan(0, 12))}";
    }
}

using System.IO.Compression;
using System.Text;

namespace BrokerQueues.Samples.DocumentVault.Importing;

/// <summary>Tells what a file is, and counts the words of what is text. Files ending in .gz are read unpacked.</summary>
internal static class DocumentReader
{
    private const int SampleSize = 4096;

    // Throws where the bytes are no UTF-8, instead of quietly putting question marks.
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="path">Where the bytes are.</param>
    /// <param name="name">What the file was called; its ending says which kind of text it is.</param>
    /// <exception cref="InvalidDataException">The file is damaged: it is called .gz and cannot be unpacked.</exception>
    public static DocumentFacts Read(string path, string name)
    {
        bool packed = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        string innerName = packed ? name[..^3] : name;
        DocumentKind kind = Classify(path, packed, innerName);
        if (kind is DocumentKind.Empty or DocumentKind.Image or DocumentKind.Binary)
        {
            return new DocumentFacts(kind, 0, null);
        }

        try
        {
            return ReadText(path, packed, kind, s_strictUtf8);
        }
        catch (DecoderFallbackException)
        {
            // Older than UTF-8, as a good part of any machine's documentation is. Latin-1 reads every byte; for counting
            // words that is right enough, and better than to refuse the document.
            return ReadText(path, packed, kind, Encoding.Latin1);
        }
    }

    public static bool LooksLikePrivateKey(DocumentFacts facts) =>
        facts.Title is { } title && title.StartsWith("-----BEGIN ", StringComparison.Ordinal) && title.EndsWith("PRIVATE KEY-----", StringComparison.Ordinal);

    private static Stream Open(string path, bool packed)
    {
        Stream file = File.OpenRead(path);
        return packed && file.Length > 0 ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static DocumentKind Classify(string path, bool packed, string name)
    {
        using Stream stream = Open(path, packed);
        byte[] buffer = new byte[SampleSize];
        ReadOnlySpan<byte> sample = buffer.AsSpan(0, stream.ReadAtLeast(buffer, SampleSize, throwOnEndOfStream: false));
        if (sample.IsEmpty)
        {
            return DocumentKind.Empty;
        }

        string extension = Path.GetExtension(name).ToUpperInvariant();
        bool isUtf16 = sample.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || sample.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]);
        if (sample.Contains((byte)0) && !isUtf16)
        {
            return extension is ".PNG" or ".JPG" or ".JPEG" or ".GIF" or ".ICO" or ".WEBP" ? DocumentKind.Image : DocumentKind.Binary;
        }

        return extension switch
        {
            ".HTML" or ".HTM" or ".XHTML" => DocumentKind.Html,
            ".MD" or ".MARKDOWN" => DocumentKind.Markdown,
            [_, >= '1' and <= '9', ..] when name.Contains("/man", StringComparison.Ordinal) => DocumentKind.ManualPage,
            _ => DocumentKind.Text,
        };
    }

    private static DocumentFacts ReadText(string path, bool packed, DocumentKind kind, Encoding encoding)
    {
        // A byte order mark, where there is one, wins over the encoding: UTF-16 is read as what it is.
        using var reader = new StreamReader(Open(path, packed), encoding, detectEncodingFromByteOrderMarks: true);
        var title = new TitleFinder(kind);
        long words = 0;
        while (reader.ReadLine() is { } line)
        {
            title.Look(line);
            words += CountWords(line);
        }

        return new DocumentFacts(kind, words, title.Title);
    }

    private static long CountWords(string line)
    {
        long words = 0;
        bool inWord = false;
        foreach (char character in line)
        {
            bool isLetter = !char.IsWhiteSpace(character);
            words += isLetter && !inWord ? 1 : 0;
            inWord = isLetter;
        }

        return words;
    }
}

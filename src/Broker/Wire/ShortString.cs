using System.Text;

namespace BrokerQueues.Broker.Wire;

/// <summary>AMQP's short string, in which names and properties travel: at most 255 bytes of UTF-8.</summary>
internal static class ShortString
{
    public const int MaxBytes = 255;

    private const string Mark = "...";

    /// <summary>Whether the text has no half of a surrogate pair, which UTF-8 cannot say and replaces by another character.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out int consumed) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[consumed..];
        }

        return true;
    }

    /// <summary>Whether the text arrives as it is, in so many bytes of UTF-8.</summary>
    public static bool Fits(string text, int maxBytes = MaxBytes) => IsWellFormed(text) && Encoding.UTF8.GetByteCount(text) <= maxBytes;

    /// <summary>What is wrong with a text that has to travel as it is; null where nothing is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="what">What it is, for the message: "task type".</param>
    public static string? FindFault(string? text, string what) =>
        string.IsNullOrEmpty(text) ? $"A {what} must not be empty."
        : !IsWellFormed(text) ? $"A {what} must not have half a surrogate pair: it would arrive as another text."
        : Encoding.UTF8.GetByteCount(text) > MaxBytes ? $"A {what} has at most {MaxBytes} bytes of UTF-8; this one starts with '{Truncate(text, 32 + Mark.Length)}'."
        : null;

    /// <summary>
    /// What fits into a short string of it. Bytes that are no UTF-8 have been read as replacement characters of three bytes each, and may no longer fit.
    /// </summary>
    public static string? Shorten(string? text) => text is null ? null : Truncate(text, MaxBytes);

    /// <summary>What fits into so many bytes of UTF-8, cut between characters and marked as cut.</summary>
    public static string Truncate(string text, int maxBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= maxBytes)
        {
            return text;
        }

        Encoder encoder = Encoding.UTF8.GetEncoder();
        encoder.Convert(text, new byte[maxBytes - Mark.Length], flush: false, out int characters, out _, out _);
        return string.Concat(text.AsSpan(0, characters), Mark);
    }
}

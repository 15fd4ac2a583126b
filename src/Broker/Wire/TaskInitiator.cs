using System.Buffers;

namespace BrokerQueues.Broker.Wire;

/// <summary>Who caused a task, as the header <c>bq-initiator</c> says it: a short text of one line.</summary>
internal static class TaskInitiator
{
    private static readonly SearchValues<char> s_unwanted =
        SearchValues.Create([.. Enumerable.Range(0, 0x10000).Select(code => (char)code).Where(character => char.IsControl(character) || character is '\u2028' or '\u2029')]);

    /// <summary>What is wrong with one, or with another name of the same kind; null where nothing is. The text is not quoted: it names a person.</summary>
    public static string? FindFault(string text, string what = "An initiator")
    {
        if (text.Length == 0)
        {
            return $"{what} must not be empty.";
        }

        if (!ShortString.IsWellFormed(text))
        {
            return $"{what} must not have half a surrogate pair: it would arrive as another text.";
        }

        if (!ShortString.Fits(text))
        {
            return $"{what} has at most {ShortString.MaxBytes} bytes of UTF-8.";
        }

        // It is written where people read it, and on lines of logs.
        int at = text.AsSpan().IndexOfAny(s_unwanted);
        return at < 0 ? null : $"{what} has no control characters and no line breaks; this one has U+{(int)text[at]:X4} as character {at + 1}.";
    }
}

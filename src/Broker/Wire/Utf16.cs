namespace BrokerQueues.Broker.Wire;

internal static class Utf16
{
    /// <summary>Whether the text has no half of a surrogate pair, which UTF-8 cannot say and replaces by another character.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (System.Text.Rune.DecodeFromUtf16(text, out _, out int consumed) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[consumed..];
        }

        return true;
    }
}

using System.Buffers.Text;

namespace BrokerQueues.Broker.Wire;

/// <summary>The escapes in a text of ordinary JSON.</summary>
internal static class JsonEscape
{
    /// <summary>Reads what follows a backslash.</summary>
    /// <param name="rest">Begins behind the backslash, and then behind the escape.</param>
    /// <param name="characters">Room for two.</param>
    /// <returns>How many characters it is.</returns>
    public static int Read(ref ReadOnlySpan<byte> rest, Span<char> characters)
    {
        if (rest.IsEmpty)
        {
            Utf8JsonLexer.GiveUp();
        }

        byte kind = rest[0];
        rest = rest[1..];
        if (kind == 'u')
        {
            characters[0] = Utf16Unit(ref rest);
            if (!char.IsSurrogate(characters[0]))
            {
                return 1;
            }

            if (!rest.StartsWith("\\u"u8))
            {
                Utf8JsonLexer.GiveUp();
            }

            rest = rest[2..];
            characters[1] = Utf16Unit(ref rest);
            if (!char.IsSurrogatePair(characters[0], characters[1]))
            {
                Utf8JsonLexer.GiveUp();
            }

            return 2;
        }

        int known = "\"\\/bfnrt"u8.IndexOf(kind);
        if (known < 0)
        {
            Utf8JsonLexer.GiveUp();
        }

        characters[0] = "\"\\/\b\f\n\r\t"[known];
        return 1;
    }

    private static char Utf16Unit(ref ReadOnlySpan<byte> rest)
    {
        // Not ushort.TryParse: that takes zero bytes behind the digits for an end.
        if (rest.Length < 4 || !Utf8Parser.TryParse(rest[..4], out ushort unit, out int read, 'x') || read < 4)
        {
            throw new NotOrdinaryJsonException();
        }

        rest = rest[4..];
        return (char)unit;
    }
}

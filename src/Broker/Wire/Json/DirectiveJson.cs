using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Directives to and from the JSON of a message body.</summary>
internal sealed class DirectiveJson : IDirectiveSerializer
{
    public const int MaxDepth = 64;

    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Giving up takes an exception, which costs three times what the reading does: not for every body of a publisher that
    // writes, say, its whole numbers as 1.0.
    private const int DetoursAfterGivingUp = 64;

    // Taken away while it is in use: a converter of a directive may read another one.
    [ThreadStatic]
    private static Utf8JsonTokenReader? t_reader;

    byte[] IDirectiveSerializer.Write(ITaskDirective directive) => Write(directive);

    ITaskDirective? IDirectiveSerializer.Read(ReadOnlyMemory<byte> body, Type directiveType) => Read(body, directiveType);

    IEnumerable<string> IDirectiveSerializer.FindMistakes(Type directiveType) => DirectiveTypes.FindMistakesInAll(directiveType);

    /// <summary>Writes a directive so that whoever reads it as the same type gets what this one is.</summary>
    /// <remarks>
    /// Where the types do not tell that it will be so, it is tried: the body is read as a worker does, and the outcome compared. Getters,
    /// setters and converters then run once more, on another object.
    /// </remarks>
    /// <exception cref="DirectiveRefusedException">It cannot be written, or would arrive as something else.</exception>
    public static byte[] Write(ITaskDirective directive)
    {
        DirectivePlan plan = DirectiveWriting.PlanOf(directive.GetType());
        if (plan.Mistakes is [var first, ..])
        {
            throw new DirectiveRefusedException(plan.Mistakes.Skip(1).Aggregate(first.Why, static (text, other) => $"{text}. {other.OfDirective()}"), first.Place);
        }

        if (plan.IsProven)
        {
            try
            {
                byte[] proven = DirectiveWriting.Write(directive, plan.Serializer(), out bool isDoubtful);
                return isDoubtful ? DirectiveTrial.Pass(directive, proven) : proven;
            }
            catch (UnforeseenTypeException)
            {
                plan.Disprove();
            }
        }

        return DirectiveTrial.Pass(directive, DirectiveWriting.Write(directive, DirectiveSerializer.CreateForUserCode(), out _));
    }

    /// <summary>Reads a directive.</summary>
    /// <param name="body">UTF-8; empty gives null.</param>
    /// <param name="directiveType">A class that implements <see cref="ITaskDirective"/>.</param>
    /// <remarks>
    /// An ordinary body is read straight from its bytes. Any other, and any that is refused, is read once more by all that
    /// Newtonsoft.Json takes for JSON: setters and converters then run again, on another object.
    /// </remarks>
    /// <exception cref="JsonException">The body is not the JSON of such a directive.</exception>
    /// <exception cref="DecoderFallbackException">The body is not UTF-8.</exception>
    public static ITaskDirective? Read(ReadOnlyMemory<byte> body, Type directiveType)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
        {
            body = body["\uFEFF"u8.Length..];
        }

        if (body.IsEmpty)
        {
            return null;
        }

        DirectivePlan plan = DirectivePlan.For(directiveType);
        if (plan.Detours > 0)
        {
            plan.Detours--;
        }
        else if (TryReadOrdinary(body, directiveType, out ITaskDirective? directive))
        {
            return directive;
        }
        else
        {
            plan.Detours = DetoursAfterGivingUp;
        }

        return ReadAny(body.Span, directiveType);
    }

    /// <summary>
    /// Reads a directive if nothing about it is out of the ordinary. Else false, whatever is the matter: only <see cref="ReadAny(ReadOnlySpan{byte}, Type)"/>
    /// accepts what is odd, and only it refuses.
    /// </summary>
    internal static bool TryReadOrdinary(ReadOnlyMemory<byte> body, Type directiveType, out ITaskDirective? directive)
    {
        directive = null;
        if (!MemoryMarshal.TryGetArray(body, out ArraySegment<byte> bytes) || !Utf8.IsValid(bytes))
        {
            return false;
        }

        Utf8JsonTokenReader json = t_reader ?? new Utf8JsonTokenReader();
        t_reader = null;
        try
        {
            json.Open(bytes);
            if (!json.Read() || json.TokenType != JsonToken.StartObject)
            {
                return false;
            }

            directive = (ITaskDirective?)DirectivePlan.For(directiveType).Serializer().Deserialize(json, directiveType);
            if (json.HasGivenUp || json.Read())
            {
                directive = null;
                return false;
            }
        }
#pragma warning disable CA1031 // It may be the user's: if there is a reason for it, reading again comes upon it.
        catch (Exception)
#pragma warning restore CA1031
        {
            directive = null;
            return false;
        }
        finally
        {
            json.Release();
        }

        // Of any other text it stands somewhere in the middle, and is not used again.
        t_reader = json;
        return directive is not null;
    }

    /// <summary>Reads a directive by all that Newtonsoft.Json takes for JSON.</summary>
    internal static ITaskDirective? ReadAny(ReadOnlySpan<byte> body, Type directiveType)
    {
        char[] characters = ArrayPool<char>.Shared.Rent(StrictUtf8.GetMaxCharCount(body.Length));
        try
        {
            int count = StrictUtf8.GetChars(body, characters);
            try
            {
                return ReadAny(characters, count, directiveType, DirectivePlan.For(directiveType).Serializer());
            }
            catch (UnforeseenTypeException)
            {
                return ReadAny(characters, count, directiveType, DirectiveSerializer.CreateForUserCode());
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    private static ITaskDirective? ReadAny(char[] characters, int count, Type directiveType, JsonSerializer serializer)
    {
        using var text = new PooledTextReader(characters, count);
        using var json = new UntypedJsonReader(text) { ArrayPool = JsonCharPool.Instance, MaxDepth = MaxDepth, DateParseHandling = DateParseHandling.None };
        RequireObjectOrNull(json);
        object? directive = serializer.Deserialize(json, directiveType);
        if (json.Read())
        {
            throw new JsonReaderException($"More follows after the JSON value, at line {json.LineNumber}, position {json.LinePosition}.");
        }

        return (ITaskDirective?)directive;
    }

    // Left to itself, the serializer makes null of "", undefined, a comment and nothing at all.
    private static void RequireObjectOrNull(JsonTextReader json)
    {
        do
        {
            if (!json.Read())
            {
                throw new JsonReaderException("It holds no JSON value. Send an object, or an empty body.");
            }
        }
        while (json.TokenType == JsonToken.Comment);

        if (json.TokenType is not (JsonToken.StartObject or JsonToken.Null))
        {
            throw new JsonReaderException($"It is no JSON object but begins with {json.TokenType}.");
        }
    }

    /// <summary>Refuses type names: which class a body becomes is the processor's choice, never the sender's.</summary>
    private sealed class UntypedJsonReader(TextReader text) : JsonTextReader(text)
    {
        public override bool Read()
        {
            bool read = base.Read();
            if (read && TokenType == JsonToken.PropertyName && Value is "$type")
            {
                throw new JsonReaderException($"The property '{Path}' names a type. Type names are not accepted in a directive; leave '$type' out.");
            }

            return read;
        }
    }
}

using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire;

/// <summary>Directives to and from the JSON of a message body.</summary>
internal static class DirectiveJson
{
    public const int MaxDepth = 64;

    // Giving up takes an exception, which costs three times what the reading does: not for every body of a publisher that
    // writes, say, its whole numbers as 1.0.
    private const int DetoursAfterGivingUp = 64;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonSerializer s_serializer = JsonSerializer.Create(new JsonSerializerSettings
    {
        TypeNameHandling = TypeNameHandling.None,
        MetadataPropertyHandling = MetadataPropertyHandling.Ignore,
        MaxDepth = MaxDepth,
        DateParseHandling = DateParseHandling.None,
    });

    // How many of the next bodies of a type are read by ReadAny at once. A count lost between threads does no harm.
    private static readonly ConcurrentDictionary<Type, StrongBox<int>> s_detours = new();

    // Taken away while it is in use: a converter of a directive may read another one.
    [ThreadStatic]
    private static Utf8JsonTokenReader? t_reader;

    public static byte[] Write(TaskDirective directive)
    {
        var text = new PooledTextWriter();
        try
        {
            using (var json = new BoundedJsonWriter(text) { ArrayPool = JsonCharPool.Instance })
            {
                s_serializer.Serialize(json, directive);
            }

            byte[] body = new byte[s_strictUtf8.GetByteCount(text.Written)];
            s_strictUtf8.GetBytes(text.Written, body);
            return body;
        }
        finally
        {
            text.Release();
        }
    }

    /// <summary>Reads a directive.</summary>
    /// <param name="body">UTF-8; empty gives null.</param>
    /// <param name="directiveType">A class derived from <see cref="TaskDirective"/>.</param>
    /// <remarks>
    /// An ordinary body is read straight from its bytes. Any other, and any that is refused, is read once more by all that
    /// Newtonsoft.Json takes for JSON: setters and converters then run again, on another object.
    /// </remarks>
    /// <exception cref="JsonException">The body is not the JSON of such a directive.</exception>
    /// <exception cref="DecoderFallbackException">The body is not UTF-8.</exception>
    public static TaskDirective? Read(ReadOnlyMemory<byte> body, Type directiveType)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
        {
            body = body["\uFEFF"u8.Length..];
        }

        if (body.IsEmpty)
        {
            return null;
        }

        StrongBox<int> detours = s_detours.GetOrAdd(directiveType, static _ => new StrongBox<int>());
        if (detours.Value > 0)
        {
            detours.Value--;
        }
        else if (TryReadOrdinary(body, directiveType, out TaskDirective? directive))
        {
            return directive;
        }
        else
        {
            detours.Value = DetoursAfterGivingUp;
        }

        return ReadAny(body.Span, directiveType);
    }

    /// <summary>
    /// Reads a directive if nothing about it is out of the ordinary. Else false, whatever is the matter: only <see cref="ReadAny"/>
    /// accepts what is odd, and only it refuses.
    /// </summary>
    internal static bool TryReadOrdinary(ReadOnlyMemory<byte> body, Type directiveType, out TaskDirective? directive)
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
            if (json.Open(bytes))
            {
                json.Read();
                directive = (TaskDirective?)s_serializer.Deserialize(json, directiveType);
                if (json.HasGivenUp || json.Read())
                {
                    directive = null;
                    return false;
                }
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

        // After a failure it stands somewhere in the middle, and is not used again.
        t_reader = json;
        return directive is not null;
    }

    /// <summary>Reads a directive by all that Newtonsoft.Json takes for JSON.</summary>
    internal static TaskDirective? ReadAny(ReadOnlySpan<byte> body, Type directiveType)
    {
        char[] characters = ArrayPool<char>.Shared.Rent(s_strictUtf8.GetMaxCharCount(body.Length));
        try
        {
            int count = s_strictUtf8.GetChars(body, characters);
            using var text = new PooledTextReader(characters, count);
            using var json = new UntypedJsonReader(text) { ArrayPool = JsonCharPool.Instance, MaxDepth = MaxDepth, DateParseHandling = DateParseHandling.None };
            RequireObjectOrNull(json);
            object? directive = s_serializer.Deserialize(json, directiveType);
            if (json.Read())
            {
                throw new JsonReaderException($"More follows after the JSON value, at line {json.LineNumber}, position {json.LinePosition}.");
            }

            return (TaskDirective?)directive;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
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

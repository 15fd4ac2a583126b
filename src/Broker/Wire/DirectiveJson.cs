using System.Buffers;
using System.Text;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire;

/// <summary>Directives to and from the JSON of a message body.</summary>
internal static class DirectiveJson
{
    public const int MaxDepth = 64;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonSerializer s_serializer = JsonSerializer.Create(new JsonSerializerSettings
    {
        TypeNameHandling = TypeNameHandling.None,
        MetadataPropertyHandling = MetadataPropertyHandling.Ignore,
        MaxDepth = MaxDepth,
        DateParseHandling = DateParseHandling.None,
    });

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
    /// <exception cref="JsonException">The body is not the JSON of such a directive.</exception>
    /// <exception cref="DecoderFallbackException">The body is not UTF-8.</exception>
    public static TaskDirective? Read(ReadOnlySpan<byte> body, Type directiveType)
    {
        if (body.StartsWith("\uFEFF"u8))
        {
            body = body["\uFEFF"u8.Length..];
        }

        if (body.IsEmpty)
        {
            return null;
        }

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

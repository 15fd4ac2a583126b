using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace BrokerQueues;

/// <summary>The id of a task: the AMQP property <c>message_id</c>, stable across requeues and re-drives.</summary>
/// <remarks>
/// Our own publisher makes a UUIDv7. Other programs may use any text of 1 to 255 bytes of UTF-8, which is what AMQP's
/// short string holds. In JSON (System.Text.Json, Newtonsoft.Json) an id is a string; <c>default(TaskId)</c> is the empty one,
/// which Newtonsoft.Json reads as null where a <c>TaskId?</c> is expected.
/// </remarks>
[JsonConverter(typeof(TaskIdJsonConverter))]
[TypeConverter(typeof(TaskIdTypeConverter))]
public readonly record struct TaskId : ISpanParsable<TaskId>
{
    /// <summary>The greatest length of an id in bytes of UTF-8.</summary>
    public const int MaxBytes = 255;

    private static readonly System.Text.UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string? _value;

    /// <summary>Takes an id as text.</summary>
    /// <param name="value">1 to 255 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException"><paramref name="value"/> is empty, longer than <see cref="MaxBytes"/>, or holds half a surrogate pair.</exception>
    public TaskId(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        int bytes;
        try
        {
            bytes = s_strictUtf8.GetByteCount(value);
        }
        catch (System.Text.EncoderFallbackException exception)
        {
            // It would travel as another id: what the broker says of it would find no publish.
            throw new ArgumentException($"A task id holds half of a surrogate pair at position {exception.Index}, which UTF-8 cannot say. Cut texts between characters.", nameof(value), exception);
        }

        if (bytes > MaxBytes)
        {
            throw new ArgumentException($"A task id is at most {MaxBytes} bytes of UTF-8; this one starts with '{value[..32]}'. Use a shorter id.", nameof(value));
        }

        _value = value;
    }

    /// <summary>The id as text; empty for <c>default(TaskId)</c>.</summary>
    public string Value => _value ?? "";

    /// <summary>Makes a new id: a UUIDv7, so ids sort by the time they were made.</summary>
    public static TaskId New() => new(Guid.CreateVersion7().ToString());

    /// <summary>Reads an id from text.</summary>
    /// <param name="s">1 to 255 bytes of UTF-8, taken to the letter.</param>
    /// <param name="provider">Not used: an id reads the same in every culture.</param>
    /// <exception cref="ArgumentNullException"><paramref name="s"/> is null.</exception>
    /// <exception cref="FormatException"><paramref name="s"/> is empty, longer than <see cref="MaxBytes"/>, or holds half a surrogate pair.</exception>
    public static TaskId Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        try
        {
            return new TaskId(s);
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"The text is no task id: it takes 1 to {MaxBytes} bytes of UTF-8, without half surrogate pairs.", exception);
        }
    }

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    public static TaskId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString(), provider);

    /// <summary>Reads an id from text, where it is one.</summary>
    /// <param name="s">1 to 255 bytes of UTF-8, taken to the letter.</param>
    /// <param name="provider">Not used: an id reads the same in every culture.</param>
    /// <param name="result">The id; the default where the text is none.</param>
    /// <returns>Whether the text is an id.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TaskId result)
    {
        bool isId = !string.IsNullOrEmpty(s) && IsId(s);
        result = isId ? new TaskId(s!) : default;
        return isId;
    }

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out TaskId)"/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out TaskId result)
    {
        bool isId = !s.IsEmpty && IsId(s);
        result = isId ? new TaskId(s.ToString()) : default;
        return isId;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool IsId(ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[MaxBytes];
        return System.Text.Unicode.Utf8.FromUtf16(text, utf8, out _, out _, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done;
    }
}

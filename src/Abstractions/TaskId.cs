namespace BrokerQueues;

/// <summary>The id of a task: the AMQP property <c>message_id</c>, stable across requeues and re-drives.</summary>
/// <remarks>
/// Our own publisher makes a UUIDv7. Other programs may use any text of 1 to 255 bytes of UTF-8, which is what AMQP's
/// short string holds.
/// </remarks>
public readonly record struct TaskId
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

    /// <inheritdoc/>
    public override string ToString() => Value;
}

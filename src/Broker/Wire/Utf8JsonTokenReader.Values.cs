using System.Globalization;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire;

/// <content>The values that a directive asks for by their type.</content>
internal sealed partial class Utf8JsonTokenReader
{
    private const int MaxExactDecimalBytes = 28;
    private const int GuidCharacters = 36;

    private bool _isConverting;

    public override int? ReadAsInt32()
    {
        if (IsForBase("\"n]"u8))
        {
            return Converted(base.ReadAsInt32());
        }

        ReadOnlySpan<byte> number = Number(out bool isInteger);
        long value = isInteger ? Utf8JsonLexer.Integer(number) : long.MaxValue;
        if (value != (int)value)
        {
            Utf8JsonLexer.GiveUp();
        }

        int narrow = (int)value;
        EndValue(JsonToken.Integer, IsBoxed(value) ? s_int32[narrow - SmallestBoxed] : narrow);
        _isReading = false;
        return narrow;
    }

    public override double? ReadAsDouble()
    {
        if (IsForBase("\"n]"u8))
        {
            return Converted(base.ReadAsDouble());
        }

        double value = Double(Number(out _));
        EndValue(JsonToken.Float, value);
        _isReading = false;
        return value;
    }

    public override decimal? ReadAsDecimal()
    {
        if (IsForBase("\"n]"u8))
        {
            return Converted(base.ReadAsDecimal());
        }

        // Beyond 28 digits it is a matter of rounding, and a zero may have a sign.
        ReadOnlySpan<byte> number = Number(out _);
        if (number.Length > MaxExactDecimalBytes ||
            !decimal.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal value) ||
            (value == 0 && number[0] == '-'))
        {
            throw new NotOrdinaryJsonException();
        }

        EndValue(JsonToken.Float, value);
        _isReading = false;
        return value;
    }

    public override bool? ReadAsBoolean()
    {
        LeaveToBase("tf\"n]"u8);
        return Converted(base.ReadAsBoolean());
    }

    public override string? ReadAsString()
    {
        LeaveToBase("\"n]"u8);
        return Converted(base.ReadAsString());
    }

    public override DateTime? ReadAsDateTime()
    {
        LeaveToBase("\"n]"u8);
        return Converted(base.ReadAsDateTime());
    }

    public override DateTimeOffset? ReadAsDateTimeOffset()
    {
        LeaveToBase("\"n]"u8);
        return Converted(base.ReadAsDateTimeOffset());
    }

    public override byte[]? ReadAsBytes()
    {
        if (IsForBase("n[]"u8))
        {
            return Converted(base.ReadAsBytes());
        }

        if (_lexer.Peek() != '"')
        {
            Utf8JsonLexer.GiveUp();
        }

        // Not left to the base class: it takes a Guid with white space around it for one, JsonTextReader does not.
        RequireValueExpected();
        string text = _lexer.Text();
        byte[] bytes = text.Length == GuidCharacters && Guid.TryParseExact(text, "D", out Guid guid) ? guid.ToByteArray() : Convert.FromBase64String(text);
        EndValue(JsonToken.Bytes, bytes);
        _isReading = false;
        return bytes;
    }

    /// <summary>Whether the next value begins with one of these, of which the base class makes the same as <see cref="JsonTextReader"/>.</summary>
    private bool IsForBase(ReadOnlySpan<byte> beginnings)
    {
        Enter();
        byte next = _lexer.Peek();
        if (next == ',' && _expected == Expected.CommaOrEnd && IsInArray)
        {
            next = PassComma();
        }

        if (!beginnings.Contains(next))
        {
            return false;
        }

        _isReading = false;
        _isConverting = true;
        return true;
    }

    private void LeaveToBase(ReadOnlySpan<byte> beginnings)
    {
        if (!IsForBase(beginnings))
        {
            Utf8JsonLexer.GiveUp();
        }
    }

    private T Converted<T>(T value)
    {
        _isConverting = false;
        return value;
    }
}

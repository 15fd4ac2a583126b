using System.Globalization;
using System.Text.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <content>The values that a directive asks for by their type. What is no number the base class makes the same of as <see cref="JsonTextReader"/>.</content>
internal sealed partial class Utf8JsonTokenReader
{
    private const int MaxExactDecimalBytes = 28;
    private const int GuidCharacters = 36;

    private bool _isConverting;

    public override int? ReadAsInt32()
    {
        if (!IsNumber())
        {
            return Converted(base.ReadAsInt32());
        }

        if (!TryInteger(_tokens.Number(), out long value) || value != (int)value)
        {
            GiveUp();
        }

        int narrow = (int)value;
        return Answer(JsonToken.Integer, IsBoxed(value) ? s_int32[narrow - SmallestBoxed] : narrow, narrow);
    }

    public override double? ReadAsDouble()
    {
        if (!IsNumber())
        {
            return Converted(base.ReadAsDouble());
        }

        double value = Double(_tokens.Number());
        return Answer(JsonToken.Float, value, value);
    }

    public override decimal? ReadAsDecimal()
    {
        if (!IsNumber())
        {
            return Converted(base.ReadAsDecimal());
        }

        // Beyond 28 digits it is a matter of rounding, and a zero may have a sign.
        ReadOnlySpan<byte> number = _tokens.Number();
        if (number.Length > MaxExactDecimalBytes ||
            !decimal.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal value) ||
            (value == 0 && number[0] == '-'))
        {
            throw new NotOrdinaryJsonException();
        }

        return Answer(JsonToken.Float, value, value);
    }

    public override bool? ReadAsBoolean()
    {
        LeaveToBase(Enter() is JsonTokenType.True or JsonTokenType.False or JsonTokenType.String or JsonTokenType.Null or JsonTokenType.EndArray);
        return Converted(base.ReadAsBoolean());
    }

    public override string? ReadAsString()
    {
        LeaveToBase(IsTextOrNone(Enter()));
        return Converted(base.ReadAsString());
    }

    public override DateTime? ReadAsDateTime()
    {
        LeaveToBase(IsTextOrNone(Enter()));
        return Converted(base.ReadAsDateTime());
    }

    public override DateTimeOffset? ReadAsDateTimeOffset()
    {
        LeaveToBase(IsTextOrNone(Enter()));
        return Converted(base.ReadAsDateTimeOffset());
    }

    public override byte[]? ReadAsBytes()
    {
        JsonTokenType next = Enter();
        if (next != JsonTokenType.String)
        {
            LeaveToBase(next is JsonTokenType.StartArray or JsonTokenType.Null or JsonTokenType.EndArray);
            return Converted(base.ReadAsBytes());
        }

        // Not left to the base class: it takes a Guid with white space around it for one, JsonTextReader does not.
        string text = _tokens.Text();
        byte[] bytes = text.Length == GuidCharacters && Guid.TryParseExact(text, "D", out Guid guid) ? guid.ToByteArray() : Convert.FromBase64String(text);
        return Answer(JsonToken.Bytes, bytes, bytes);
    }

    private static bool IsTextOrNone(JsonTokenType next) => next is JsonTokenType.String or JsonTokenType.Null or JsonTokenType.EndArray;

    /// <summary>Whether the next value is a number; one that is a text, or none, is left to the base class.</summary>
    private bool IsNumber()
    {
        JsonTokenType next = Enter();
        if (next == JsonTokenType.Number)
        {
            return true;
        }

        LeaveToBase(IsTextOrNone(next));
        return false;
    }

    /// <summary>The base class reads by <see cref="Read"/>, and what it throws is not forgotten either.</summary>
    private void LeaveToBase(bool isOrdinary)
    {
        if (!isOrdinary || _isConverting)
        {
            GiveUp();
        }

        _isReading = false;
        _isConverting = true;
    }

    private T Converted<T>(T value)
    {
        _isConverting = false;
        return value;
    }

    private T Answer<T>(JsonToken token, object value, T answer)
    {
        SetToken(token, value);
        _isReading = false;
        return answer;
    }
}

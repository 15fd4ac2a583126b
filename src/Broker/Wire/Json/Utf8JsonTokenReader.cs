using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>
/// Ordinary JSON straight from its UTF-8, token for token what <see cref="JsonTextReader"/> makes of the same text. At whatever
/// is not ordinary it throws, once and for all: what becomes of such a text is for <see cref="JsonTextReader"/> to say.
/// </summary>
/// <remarks>One that came to the end without giving up can read another text; one that gave up is of no more use.</remarks>
internal sealed partial class Utf8JsonTokenReader : JsonReader, IJsonLineInfo
{
    private const int MaxExactBytes = 18;
    private const int SmallestBoxed = -1;
    private const int Boxed = 130;

    private static readonly object s_true = true;
    private static readonly object s_false = false;
    private static readonly object[] s_int32 = [.. Enumerable.Range(SmallestBoxed, Boxed).Select(number => (object)number)];
    private static readonly object[] s_int64 = [.. Enumerable.Range(SmallestBoxed, Boxed).Select(number => (object)(long)number)];

    private readonly Utf8JsonTokens _tokens = new();
    private bool _isReading;

    /// <summary>Whether anything was not ordinary, or not what the directive asked for. A converter may have caught the exception that said so.</summary>
    public bool HasGivenUp => _isReading || _isConverting;

    public int LineNumber => _tokens.Where().Line;

    public int LinePosition => _tokens.Where().Position;

    public bool HasLineInfo() => true;

    /// <summary>Begins a text.</summary>
    /// <param name="body">Valid UTF-8.</param>
    public void Open(ArraySegment<byte> body)
    {
        _tokens.Open(body, DirectiveJson.MaxDepth);

        // A converter of the text before may have changed any of these.
        QuoteChar = '\0';
        MaxDepth = DirectiveJson.MaxDepth;
        DateParseHandling = DateParseHandling.None;
        FloatParseHandling = FloatParseHandling.Double;
        DateTimeZoneHandling = DateTimeZoneHandling.RoundtripKind;
        DateFormatString = null;
        Culture = CultureInfo.InvariantCulture;
        SupportMultipleContent = false;
        CloseInput = true;
    }

    /// <summary>Lets go of the text.</summary>
    public void Release() => _tokens.Close();

    public override void Close()
    {
        _isReading = true;
        base.Close();
    }

    public override bool Read()
    {
        JsonTokenType next = Enter();
        if (next is JsonTokenType.PropertyName)
        {
            ReadName();
        }
        else
        {
            ReadValue(next);
        }

        _isReading = false;
        return next != JsonTokenType.None;
    }

    [DoesNotReturn]
    private static void GiveUp() => throw new NotOrdinaryJsonException();

    private static bool IsBoxed(long value) => value is >= SmallestBoxed and < SmallestBoxed + Boxed;

    private static bool TryInteger(ReadOnlySpan<byte> number, out long value) =>
        Utf8Parser.TryParse(number, out value, out int read) && read == number.Length && read <= MaxExactBytes;

    private static double Double(ReadOnlySpan<byte> number)
    {
        double value = double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
        {
            GiveUp();
        }

        return value;
    }

    /// <summary>Only its end sets back what this sets: so no exception is forgotten, whoever catches it.</summary>
    /// <returns>What comes next.</returns>
    private JsonTokenType Enter()
    {
        bool isUsable = !_isReading && DateParseHandling == DateParseHandling.None && FloatParseHandling == FloatParseHandling.Double;
        _isReading = true;
        if (!isUsable)
        {
            GiveUp();
        }

        return _tokens.Next;
    }

    private void ReadName()
    {
        string name = _tokens.Text();
        if (name == "$type")
        {
            GiveUp();
        }

        QuoteChar = '"';
        SetToken(JsonToken.PropertyName, name);
    }

    private void ReadValue(JsonTokenType next)
    {
        switch (next)
        {
            case JsonTokenType.String:
                SetToken(JsonToken.String, _tokens.Text());
                break;
            case JsonTokenType.Number:
                ReadNumber(_tokens.Number());
                break;
            case JsonTokenType.True:
                Pass(JsonToken.Boolean, s_true);
                break;
            case JsonTokenType.False:
                Pass(JsonToken.Boolean, s_false);
                break;
            case JsonTokenType.Null:
                Pass(JsonToken.Null);
                break;
            case JsonTokenType.StartObject:
                Pass(JsonToken.StartObject);
                break;
            case JsonTokenType.EndObject:
                Pass(JsonToken.EndObject);
                break;
            case JsonTokenType.StartArray:
                Pass(JsonToken.StartArray);
                break;
            case JsonTokenType.EndArray:
                Pass(JsonToken.EndArray);
                break;
            default:
                SetToken(JsonToken.None);
                break;
        }
    }

    private void Pass(JsonToken token, object? value = null)
    {
        _tokens.Pass();
        SetToken(token, value);
    }

    private void ReadNumber(ReadOnlySpan<byte> number)
    {
        if (TryInteger(number, out long value))
        {
            SetToken(JsonToken.Integer, IsBoxed(value) ? s_int64[value - SmallestBoxed] : value);
            return;
        }

        if (!number.ContainsAny((byte)'.', (byte)'e', (byte)'E'))
        {
            GiveUp();
        }

        SetToken(JsonToken.Float, Double(number));
    }
}

/// <summary>The text is for the reader of all JSON: this one does not know what becomes of it.</summary>
internal sealed class NotOrdinaryJsonException() : Exception("The JSON is not ordinary.");

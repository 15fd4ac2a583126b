using System.Globalization;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire;

/// <summary>
/// Ordinary JSON straight from its UTF-8, token for token what <see cref="JsonTextReader"/> makes of the same text. At whatever
/// is not ordinary it throws, once and for all: what becomes of such a text is for <see cref="JsonTextReader"/> to say.
/// </summary>
/// <remarks>One that came to the end without giving up can read another text; one that gave up is of no more use.</remarks>
internal sealed partial class Utf8JsonTokenReader : JsonReader, IJsonLineInfo
{
    // As many as _arrays has bits.
    private const int MaxLevels = DirectiveJson.MaxDepth;
    private const int SmallestBoxed = -1;
    private const int Boxed = 130;

    private static readonly object s_true = true;
    private static readonly object s_false = false;
    private static readonly object[] s_int32 = [.. Enumerable.Range(SmallestBoxed, Boxed).Select(number => (object)number)];
    private static readonly object[] s_int64 = [.. Enumerable.Range(SmallestBoxed, Boxed).Select(number => (object)(long)number)];

    private readonly Utf8JsonLexer _lexer = new();
    private Expected _expected;
    private ulong _arrays;
    private int _levels;
    private bool _isReading;
    private bool _hasQuoted;

    private enum Expected
    {
        Value,
        ValueOrEnd,
        Name,
        NameOrEnd,
        CommaOrEnd,
        Nothing,
    }

    /// <summary>Whether anything was not ordinary, or not what the directive asked for. A converter may have caught the exception that said so.</summary>
    public bool HasGivenUp => _isReading || _isConverting;

    public override char QuoteChar => _hasQuoted ? '"' : '\0';

    public int LineNumber => _lexer.Where().Line;

    public int LinePosition => _lexer.Where().Position;

    private bool IsInArray => (_arrays & 1) != 0;

    public bool HasLineInfo() => true;

    /// <summary>Begins a text.</summary>
    /// <param name="body">Valid UTF-8.</param>
    /// <returns>Whether an object seems to follow.</returns>
    public bool Open(ArraySegment<byte> body)
    {
        _lexer.Open(body);
        _expected = Expected.Value;
        _hasQuoted = false;

        // A converter of the text before may have changed any of these.
        MaxDepth = MaxLevels;
        DateParseHandling = DateParseHandling.None;
        FloatParseHandling = FloatParseHandling.Double;
        DateTimeZoneHandling = DateTimeZoneHandling.RoundtripKind;
        DateFormatString = null;
        Culture = CultureInfo.InvariantCulture;
        SupportMultipleContent = false;
        CloseInput = true;
        return _lexer.Peek() == '{';
    }

    /// <summary>Lets go of the text.</summary>
    public void Release() => _lexer.Close();

    public override void Close()
    {
        _isReading = true;
        base.Close();
    }

    public override bool Read()
    {
        Enter();
        bool read = ReadToken();
        _isReading = false;
        return read;
    }

    private static bool IsBoxed(long value) => value is >= SmallestBoxed and < SmallestBoxed + Boxed;

    private static double Double(ReadOnlySpan<byte> number)
    {
        double value = double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
        {
            Utf8JsonLexer.GiveUp();
        }

        return value;
    }

    /// <summary>Only its end sets back what this sets: so no exception is forgotten, whoever catches it.</summary>
    private void Enter()
    {
        bool isUsable = !_isReading && DateParseHandling == DateParseHandling.None && FloatParseHandling == FloatParseHandling.Double;
        _isReading = true;
        if (!isUsable)
        {
            Utf8JsonLexer.GiveUp();
        }
    }

    private bool ReadToken()
    {
        byte next = _lexer.Peek();
        switch (_expected)
        {
            case Expected.Nothing:
                if (!_lexer.IsAtEnd)
                {
                    Utf8JsonLexer.GiveUp();
                }

                SetToken(JsonToken.None);
                return false;
            case Expected.CommaOrEnd when next == ',':
                next = PassComma();
                break;
            case Expected.CommaOrEnd:
            case Expected.ValueOrEnd when next == ']':
            case Expected.NameOrEnd when next == '}':
                EndContainer(next);
                return true;
        }

        if (_expected is Expected.Name or Expected.NameOrEnd)
        {
            ReadName(next);
        }
        else
        {
            ReadValue(next);
        }

        return true;
    }

    private byte PassComma()
    {
        _lexer.Advance();
        _expected = IsInArray ? Expected.Value : Expected.Name;
        return _lexer.Peek();
    }

    private void ReadName(byte next)
    {
        if (next != '"')
        {
            Utf8JsonLexer.GiveUp();
        }

        string name = _lexer.Name();
        if (name == "$type")
        {
            Utf8JsonLexer.GiveUp();
        }

        _hasQuoted = true;
        SetToken(JsonToken.PropertyName, name);
        _expected = Expected.Value;
    }

    private void ReadValue(byte next)
    {
        switch (next)
        {
            case (byte)'"':
                EndValue(JsonToken.String, _lexer.Text());
                break;
            case (byte)'{':
                Begin(JsonToken.StartObject, 0, Expected.NameOrEnd);
                break;
            case (byte)'[':
                Begin(JsonToken.StartArray, 1, Expected.ValueOrEnd);
                break;
            case (byte)'t':
                _lexer.Literal("true"u8);
                EndValue(JsonToken.Boolean, s_true);
                break;
            case (byte)'f':
                _lexer.Literal("false"u8);
                EndValue(JsonToken.Boolean, s_false);
                break;
            case (byte)'n':
                _lexer.Literal("null"u8);
                EndValue(JsonToken.Null, null);
                break;
            default:
                ReadNumber();
                break;
        }
    }

    private void ReadNumber()
    {
        ReadOnlySpan<byte> number = Number(out bool isInteger);
        if (!isInteger)
        {
            EndValue(JsonToken.Float, Double(number));
            return;
        }

        long value = Utf8JsonLexer.Integer(number);
        EndValue(JsonToken.Integer, IsBoxed(value) ? s_int64[value - SmallestBoxed] : value);
    }

    private ReadOnlySpan<byte> Number(out bool isInteger)
    {
        RequireValueExpected();
        return _lexer.Number(out isInteger);
    }

    private void RequireValueExpected()
    {
        if (_expected is not (Expected.Value or Expected.ValueOrEnd))
        {
            Utf8JsonLexer.GiveUp();
        }
    }

    private void Begin(JsonToken token, ulong array, Expected expected)
    {
        if (_levels == MaxLevels)
        {
            Utf8JsonLexer.GiveUp();
        }

        _levels++;
        _arrays = (_arrays << 1) | array;
        _lexer.Advance();
        SetToken(token);
        _expected = expected;
    }

    private void EndContainer(byte next)
    {
        if (next != (IsInArray ? ']' : '}'))
        {
            Utf8JsonLexer.GiveUp();
        }

        JsonToken token = IsInArray ? JsonToken.EndArray : JsonToken.EndObject;
        _lexer.Advance();
        _levels--;
        _arrays >>= 1;
        EndValue(token, null);
    }

    private void EndValue(JsonToken token, object? value)
    {
        SetToken(token, value);
        _expected = _levels == 0 ? Expected.Nothing : Expected.CommaOrEnd;
    }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text;

namespace BrokerQueues.Broker.Wire;

/// <summary>The words of ordinary JSON in UTF-8. It throws <see cref="NotOrdinaryJsonException"/> at anything else.</summary>
internal sealed class Utf8JsonLexer
{
    private const int MaxNumberBytes = 64;
    private const int MaxExactDigits = 18;
    private const int MaxKeptCharacters = 16 * 1024;

    private static readonly SearchValues<byte> s_endOfPlainText = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(control => (byte)control), (byte)'"', (byte)'\\']);

    private readonly Utf8NameTable _names = new();
    private char[] _characters = [];
    private byte[] _body = [];
    private int _position;
    private int _end;
    private int _counted;
    private int _line;
    private int _column;

    /// <summary>Whether nothing is left.</summary>
    public bool IsAtEnd => _position == _end;

    /// <summary>Begins a text.</summary>
    /// <param name="body">Valid UTF-8.</param>
    public void Open(ArraySegment<byte> body)
    {
        _body = body.Array!;
        _position = _counted = body.Offset;
        _end = body.Offset + body.Count;
        _line = 1;
        _column = 0;
    }

    /// <summary>Lets go of the text, whose array belongs to a pool.</summary>
    public void Close()
    {
        _body = [];
        _position = _end = _counted = 0;
        if (_characters.Length > MaxKeptCharacters)
        {
            _characters = [];
        }
    }

    /// <summary>The byte behind white space; 0, which begins no word of JSON, at the end.</summary>
    public byte Peek()
    {
        byte[] body = _body;
        int position = _position;
        while (position < _end && body[position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            position++;
        }

        _position = position;
        return position < _end ? body[position] : (byte)0;
    }

    /// <summary>Passes the byte that was peeked at.</summary>
    public void Advance() => _position++;

    public void Literal(ReadOnlySpan<byte> word)
    {
        if (!Rest().StartsWith(word))
        {
            GiveUp();
        }

        _position += word.Length;
        RequireEndOfWord();
    }

    /// <summary>A name and the colon behind it.</summary>
    public string Name()
    {
        string name = TryPlainText(out ReadOnlySpan<byte> text) ? _names.Get(text) : EscapedText();
        if (Peek() != ':')
        {
            GiveUp();
        }

        _position++;
        return name;
    }

    public string Text() => TryPlainText(out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text) : EscapedText();

    /// <summary>A number as it is written.</summary>
    public ReadOnlySpan<byte> Number(out bool isInteger)
    {
        int start = _position;
        if (start < _end && _body[start] == '-')
        {
            _position++;
        }

        if (_position < _end && _body[_position] == '0')
        {
            _position++;
        }
        else
        {
            Digits();
        }

        isInteger = true;
        if (_position < _end && _body[_position] == '.')
        {
            isInteger = false;
            _position++;
            Digits();
        }

        if (_position < _end && _body[_position] is (byte)'e' or (byte)'E')
        {
            isInteger = false;
            _position++;
            if (_position < _end && _body[_position] is (byte)'+' or (byte)'-')
            {
                _position++;
            }

            Digits();
        }

        if (_position - start > MaxNumberBytes)
        {
            GiveUp();
        }

        RequireEndOfWord();
        return _body.AsSpan(start, _position - start);
    }

    /// <summary>A whole number of at most 18 digits: each is a long.</summary>
    public static long Integer(ReadOnlySpan<byte> number)
    {
        bool isNegative = number[0] == '-';
        ReadOnlySpan<byte> digits = isNegative ? number[1..] : number;
        if (digits.Length > MaxExactDigits)
        {
            GiveUp();
        }

        long value = 0;
        foreach (byte digit in digits)
        {
            value = (value * 10) + (digit - '0');
        }

        return isNegative ? -value : value;
    }

    /// <summary>Line, from 1, and characters of UTF-16 passed in it. A converter may ask at every token: nothing is counted twice.</summary>
    public (int Line, int Position) Where()
    {
        ReadOnlySpan<byte> passed = _body.AsSpan(_counted, _position - _counted);
        for (int at; (at = passed.IndexOfAny((byte)'\r', (byte)'\n')) >= 0;)
        {
            passed = passed[(at + (passed[at..].StartsWith("\r\n"u8) ? 2 : 1))..];
            _line++;
            _column = 0;
        }

        _column += Encoding.UTF8.GetCharCount(passed);
        _counted = _position;
        return (_line, _column);
    }

    [DoesNotReturn]
    public static void GiveUp() => throw new NotOrdinaryJsonException();

    private ReadOnlySpan<byte> Rest() => _body.AsSpan(_position, _end - _position);

    private void RequireEndOfWord()
    {
        if (_position < _end && _body[_position] is not ((byte)',' or (byte)'}' or (byte)']' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
        {
            GiveUp();
        }
    }

    private void Digits()
    {
        int start = _position;
        while (_position < _end && char.IsAsciiDigit((char)_body[_position]))
        {
            _position++;
        }

        if (_position == start)
        {
            GiveUp();
        }
    }

    /// <summary>Passes a text from quote to quote if nothing in it is escaped.</summary>
    private bool TryPlainText(out ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = Rest()[1..];
        int length = rest.IndexOfAny(s_endOfPlainText);
        if (length < 0 || rest[length] != '"')
        {
            text = default;
            return false;
        }

        text = rest[..length];
        _position += length + 2;
        return true;
    }

    private string EscapedText()
    {
        ReadOnlySpan<byte> rest = Rest()[1..];
        int count = 0;
        while (true)
        {
            int length = rest.IndexOfAny(s_endOfPlainText);
            if (length < 0)
            {
                GiveUp();
            }

            // A byte is at most a character; two more for what may be escaped.
            if (_characters.Length < count + length + 2)
            {
                Array.Resize(ref _characters, (int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)(count + length + 256)), (uint)Array.MaxLength));
            }

            count += Encoding.UTF8.GetChars(rest[..length], _characters.AsSpan(count));
            byte end = rest[length];
            rest = rest[(length + 1)..];
            if (end == '"')
            {
                _position = _end - rest.Length;
                return new string(_characters, 0, count);
            }

            if (end != '\\')
            {
                GiveUp();
            }

            count += JsonEscape.Read(ref rest, _characters.AsSpan(count));
        }
    }
}

/// <summary>The text is for the reader of all JSON: this one does not know what becomes of it.</summary>
internal sealed class NotOrdinaryJsonException() : Exception("The JSON is not ordinary.");

using System.Text;
using System.Text.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>The tokens of a JSON text in UTF-8, as <see cref="Utf8JsonReader"/> finds them.</summary>
/// <remarks>
/// That reader lives on the stack and cannot wait for the next question, and making it anew for each token costs more than reading the
/// token does: so it finds some in advance. Where the text is wrong, a <see cref="JsonException"/> may come some tokens early.
/// </remarks>
internal sealed class Utf8JsonTokens
{
    private const int FoundInAdvance = 64;

    private readonly Utf8NameTable _names = new();
    private readonly Found[] _found = new Found[FoundInAdvance];
    private JsonReaderState _state;
    private byte[] _body = [];
    private int _end;
    private int _unread;
    private int _count;
    private int _next;
    private bool _isAllFound;
    private int _counted;
    private int _line;
    private int _column;

    /// <summary>What comes next; None at the end.</summary>
    public JsonTokenType Next => _next < _count || Find() ? _found[_next].Type : JsonTokenType.None;

    /// <summary>Begins a text.</summary>
    /// <param name="body">Valid UTF-8.</param>
    /// <param name="maxDepth">How many levels are taken.</param>
    public void Open(ArraySegment<byte> body, int maxDepth)
    {
        _body = body.Array!;
        _unread = _counted = body.Offset;
        _end = body.Offset + body.Count;
        _count = _next = 0;
        _isAllFound = false;
        _state = new JsonReaderState(new JsonReaderOptions { MaxDepth = maxDepth });
        _line = 1;
        _column = 0;
    }

    /// <summary>Lets go of the text, whose array belongs to a pool.</summary>
    public void Close()
    {
        _body = [];
        _end = _unread = _counted = _count = _next = 0;
        _isAllFound = true;
    }

    /// <summary>Passes a token of which the type says all.</summary>
    public void Pass() => _next++;

    /// <summary>Passes a name or a text.</summary>
    /// <exception cref="InvalidOperationException">It has half of a surrogate pair.</exception>
    public string Text()
    {
        ref readonly Found found = ref _found[_next++];
        if (found.IsEscaped)
        {
            var quoted = new Utf8JsonReader(_body.AsSpan(found.Start, found.Length + 2));
            quoted.Read();
            return quoted.GetString()!;
        }

        ReadOnlySpan<byte> text = _body.AsSpan(found.Start + 1, found.Length);
        return found.Type == JsonTokenType.PropertyName ? _names.Get(text) : Encoding.UTF8.GetString(text);
    }

    /// <summary>Passes a number, as it is written.</summary>
    public ReadOnlySpan<byte> Number()
    {
        ref readonly Found found = ref _found[_next++];
        return _body.AsSpan(found.Start, found.Length);
    }

    /// <summary>Line, from 1, and characters of UTF-16 passed in it. A converter may ask at every token: nothing is counted twice.</summary>
    public (int Line, int Position) Where()
    {
        int end = EndOfPassed();
        ReadOnlySpan<byte> passed = _body.AsSpan(_counted, end - _counted);
        for (int at; (at = passed.IndexOfAny((byte)'\r', (byte)'\n')) >= 0;)
        {
            passed = passed[(at + (passed[at..].StartsWith("\r\n"u8) ? 2 : 1))..];
            _line++;
            _column = 0;
        }

        _column += Encoding.UTF8.GetCharCount(passed);
        _counted = end;
        return (_line, _column);
    }

    private int EndOfPassed()
    {
        if (_next == 0)
        {
            return _isAllFound && _count == 0 ? _end : _counted;
        }

        ref readonly Found passed = ref _found[_next - 1];
        int end = passed.Start + passed.Length;
        int behindQuotes = end + 2;
        return passed.Type switch
        {
            JsonTokenType.PropertyName => behindQuotes + _body.AsSpan(behindQuotes).IndexOf((byte)':') + 1,
            JsonTokenType.String => behindQuotes,
            _ => end,
        };
    }

    private bool Find()
    {
        if (_isAllFound)
        {
            _count = _next = 0;
            return false;
        }

        var json = new Utf8JsonReader(_body.AsSpan(_unread, _end - _unread), isFinalBlock: true, _state);
        Span<Found> found = _found;
        int unread = _unread;
        int count = 0;
        for (; count < found.Length && json.Read(); count++)
        {
            ref Found token = ref found[count];
            token.Type = json.TokenType;
            token.IsEscaped = json.ValueIsEscaped;
            token.Start = unread + (int)json.TokenStartIndex;
            token.Length = json.ValueSpan.Length;
        }

        // Most texts are found whole, and a state is large to copy.
        _isAllFound = count < found.Length;
        if (!_isAllFound)
        {
            _unread = unread + (int)json.BytesConsumed;
            _state = json.CurrentState;
        }

        _count = count;
        _next = 0;
        return count > 0;
    }

    /// <summary>A token: where it begins, with its quote, and how long what it says is, without quotes.</summary>
    private struct Found
    {
        public JsonTokenType Type;
        public bool IsEscaped;
        public int Start;
        public int Length;
    }
}

using System.Buffers;
using System.Text;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Reads characters from an array that belongs to a pool.</summary>
internal sealed class PooledTextReader(char[] characters, int count) : TextReader
{
    private int _position;

    public override int Peek() => _position < count ? characters[_position] : -1;

    public override int Read() => _position < count ? characters[_position++] : -1;

    public override int Read(char[] buffer, int index, int length)
    {
        int taken = Math.Min(length, count - _position);
        characters.AsSpan(_position, taken).CopyTo(buffer.AsSpan(index, taken));
        _position += taken;
        return taken;
    }
}

/// <summary>Collects characters in an array of a pool. It is of no use after <see cref="Release"/>.</summary>
internal sealed class PooledTextWriter : TextWriter
{
    private char[] _characters = ArrayPool<char>.Shared.Rent(1024);
    private int _count;

    public override Encoding Encoding => Encoding.Unicode;

    public ReadOnlySpan<char> Written => _characters.AsSpan(0, _count);

    public override void Write(char value)
    {
        Room(1)[0] = value;
        _count++;
    }

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        buffer.CopyTo(Room(buffer.Length));
        _count += buffer.Length;
    }

    public void Release()
    {
        ArrayPool<char>.Shared.Return(_characters);
        _characters = [];
        _count = 0;
    }

    private Span<char> Room(int more)
    {
        if (_characters.Length - _count < more)
        {
            char[] larger = ArrayPool<char>.Shared.Rent(Math.Max(checked(_count + more), (int)Math.Min(2L * _count, Array.MaxLength)));
            Written.CopyTo(larger);
            ArrayPool<char>.Shared.Return(_characters);
            _characters = larger;
        }

        return _characters.AsSpan(_count);
    }
}

/// <summary>The shared pool, as Newtonsoft.Json asks for it.</summary>
internal sealed class JsonCharPool : IArrayPool<char>
{
    public static readonly JsonCharPool Instance = new();

    public char[] Rent(int minimumLength) => ArrayPool<char>.Shared.Rent(minimumLength);

    public void Return(char[]? array)
    {
        if (array is not null)
        {
            ArrayPool<char>.Shared.Return(array);
        }
    }
}

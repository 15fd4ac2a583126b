using System.Net.Sockets;
using System.Runtime.CompilerServices;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// The stream of a connection, with few calls of the kernel for many messages. The client reads at most 4 KiB at a time and sends each command by itself
/// (RabbitMQ.Client 7.2.2, SocketFrameHandler), and at tens of thousands of messages a second most of the CPU time is the kernel's. Here a read takes all that has
/// come, and the commands of a burst go out together (<see cref="BurstWriter"/>).
/// </summary>
internal sealed class BurstStream : NetworkStream
{
    /// <summary>How long closing waits for what was written to be sent: the last that the client writes is connection.close-ok.</summary>
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    private readonly byte[] _read = GC.AllocateUninitializedArray<byte>(64 * 1024);
    private readonly BurstWriter _writer;
    private int _readFrom;
    private int _readTo;

    public BurstStream(Socket socket)
        : base(socket, ownsSocket: false) => _writer = new BurstWriter(base.WriteAsync, TimeProvider.System);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_readFrom < _readTo)
        {
            return new(TakeRead(buffer.Span));
        }

        // An empty buffer waits for data and takes none; a large one needs no copy.
        if (buffer.Length is 0 || buffer.Length >= _read.Length)
        {
            return base.ReadAsync(buffer, cancellationToken);
        }

        ValueTask<int> reading = base.ReadAsync(_read, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(TakeRead(reading.Result, buffer.Span)) : FinishReadAsync(reading, buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _writer.WriteAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => throw Blocking();

    public override int Read(byte[] buffer, int offset, int count) => throw Blocking();

    public override void Write(ReadOnlySpan<byte> buffer) => throw Blocking();

    public override void Write(byte[] buffer, int offset, int count) => throw Blocking();

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await _writer.WhenSentAsync().WaitAsync(s_lastWords, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The peer does not read.
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private static NotSupportedException Blocking() => new("This stream is read and written asynchronously, as the client does it.");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FinishReadAsync(ValueTask<int> reading, Memory<byte> buffer) => TakeRead(await reading.ConfigureAwait(false), buffer.Span);

    private int TakeRead(int length, Span<byte> buffer)
    {
        (_readFrom, _readTo) = (0, length);
        return TakeRead(buffer);
    }

    private int TakeRead(Span<byte> buffer)
    {
        int length = Math.Min(buffer.Length, _readTo - _readFrom);
        _read.AsSpan(_readFrom, length).CopyTo(buffer);
        _readFrom += length;
        return length;
    }

    /// <summary>The client's TCP connection with such a stream.</summary>
    internal sealed class Client(Socket socket) : TcpClientAdapter(socket)
    {
        private readonly Socket _socket = socket;

        public static ITcpClient Create(AddressFamily family) => new Client(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });

        public override NetworkStream GetStream() => new BurstStream(_socket);
    }
}

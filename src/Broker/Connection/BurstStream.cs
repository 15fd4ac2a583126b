using System.Net.Sockets;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// The stream of a connection, with fewer calls of the kernel: the client sends each command by itself (RabbitMQ.Client 7.2.2, SocketFrameHandler), here the
/// commands of a burst go out together (<see cref="BurstWriter"/>).
/// </summary>
internal sealed class BurstStream : NetworkStream
{
    /// <summary>How long closing waits for what was written to be sent: the last that the client writes is connection.close-ok.</summary>
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    private readonly BurstWriter _writer;

    public BurstStream(Socket socket)
        : base(socket, ownsSocket: false) => _writer = new BurstWriter(base.WriteAsync, TimeProvider.System);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _writer.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

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

    // It would overtake what waits.
    private static NotSupportedException Blocking() => new("This stream is written asynchronously, as the client does it.");

    /// <summary>The client's TCP connection with such a stream.</summary>
    internal sealed class Client(Socket socket) : TcpClientAdapter(socket)
    {
        private readonly Socket _socket = socket;

        public static ITcpClient Create(AddressFamily family) => new Client(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });

        public override NetworkStream GetStream() => new BurstStream(_socket);
    }
}

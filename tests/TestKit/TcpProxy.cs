using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace BrokerQueues.TestKit;

/// <summary>
/// Stands between a client and the broker, and can turn into a black hole: the sockets stay open and nothing passes, as when
/// a cable is pulled or a firewall forgets a connection.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private const int Heartbeat = 8;

    private readonly string _host;
    private readonly int _port;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<(Socket Client, Socket Broker)> _connections = [];
    private readonly Task _accepting;
    private volatile TaskCompletionSource _toBroker = Open();
    private volatile TaskCompletionSource _toClient = Open();
    private volatile TaskCompletionSource _reading = Open();
    private volatile int _heldBack;

    public TcpProxy(Uri broker)
    {
        ArgumentNullException.ThrowIfNull(broker);
        _host = broker.Host;
        _port = broker.Port;
        _listener.Start();
        Uri = new UriBuilder(broker) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>The broker, as seen through this proxy.</summary>
    public Uri Uri { get; }

    /// <summary>How long each way takes, as to a broker far away.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>While true, connections are accepted and never answered, not even later: a broker at boot, a half-open socket.</summary>
    public bool Silent { get; set; }

    /// <summary>How many connections have been accepted, answered or not.</summary>
    public int Accepted { get; private set; }

    /// <summary>Counts what clients ask of the broker from now on; only connections made after it is set.</summary>
    public AmqpMethodCounter? Sent { get; set; }

    /// <summary>When the newest connection was made.</summary>
    public DateTimeOffset? LastConnectedAt { get; private set; }

    /// <summary>Whether something waits for <see cref="Thaw"/> that a client has sent; heartbeats, which are frames of eight bytes, aside.</summary>
    public bool HoldsBack => _heldBack > 0;

    /// <summary>Lets nothing pass, either way or only what the broker answers, until <see cref="Thaw"/>.</summary>
    /// <param name="onlyAnswers">Whether what the client sends still arrives.</param>
    /// <param name="unread">Whether what the client sends is not even read, so that its writes stand still when the sockets are full.</param>
    public void Freeze(bool onlyAnswers = false, bool unread = false)
    {
        if (unread)
        {
            _reading = Shut(_reading);
        }

        _toClient = Shut(_toClient);
        if (!onlyAnswers)
        {
            _toBroker = Shut(_toBroker);
        }
    }

    /// <summary>Lets pass again, and first of all what was held back.</summary>
    public void Thaw()
    {
        _heldBack = 0;
        _reading.TrySetResult();
        _toBroker.TrySetResult();
        _toClient.TrySetResult();
    }

    /// <summary>Resets all connections; what was held back on them is lost. New ones are taken.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            foreach ((Socket client, Socket broker) in _connections)
            {
                client.Close(0);
                broker.Close(0);
            }

            _connections.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        Reset();
        _stopping.Dispose();
    }

    private static TaskCompletionSource Open()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gate.SetResult();
        return gate;
    }

    private static TaskCompletionSource Shut(TaskCompletionSource gate) =>
        gate.Task.IsCompleted ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : gate;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_stopping.Token);
                Accepted++;
                if (Silent)
                {
                    lock (_gate)
                    {
                        _connections.Add((client, client));
                    }

                    continue;
                }

                var broker = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                client.NoDelay = true;
                try
                {
                    await broker.ConnectAsync(_host, _port, _stopping.Token);
                }
                catch (SocketException)
                {
                    client.Close(0);
                    continue;
                }

                lock (_gate)
                {
                    _connections.Add((client, broker));
                }

                LastConnectedAt = DateTimeOffset.UtcNow;
                AmqpMethodCounter.Reader? counting = Sent is { } sent ? new AmqpMethodCounter.Reader(sent) : null;
                _ = Task.Run(() => PumpAsync(client, broker, () => _toBroker.Task, () => _reading.Task, counting));
                _ = Task.Run(() => PumpAsync(broker, client, () => _toClient.Task, () => Task.CompletedTask, counting: null));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Func<Task> gate, Func<Task> reading, AmqpMethodCounter.Reader? counting)
    {
        // What arrives while earlier bytes are on their way is on its way too: a long line, not a slow one.
        var line = Channel.CreateUnbounded<(byte[] Bytes, long Due)>();
        Task sending = SendAsync(line.Reader, to, gate);
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int count;
            do
            {
                await reading().WaitAsync(_stopping.Token);
                count = await from.ReceiveAsync(buffer, _stopping.Token);
                counting?.Read(buffer.AsSpan(0, count));
                await line.Writer.WriteAsync((buffer[..count], Stopwatch.GetTimestamp() + (long)(Delay.TotalSeconds * Stopwatch.Frequency)), _stopping.Token);
            }
            while (count > 0);
            line.Writer.Complete();
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            line.Writer.Complete(exception);
        }

        await sending;
    }

    private async Task SendAsync(ChannelReader<(byte[] Bytes, long Due)> line, Socket to, Func<Task> gate)
    {
        try
        {
            await foreach ((byte[] bytes, long due) in line.ReadAllAsync(_stopping.Token))
            {
                TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (left > TimeSpan.Zero)
                {
                    await Task.Delay(left, _stopping.Token);
                }

                // An end is held back like anything else.
                Task open = gate();
                if (!open.IsCompleted && open == _toBroker.Task && bytes.Length > Heartbeat)
                {
                    _heldBack = bytes.Length;
                }

                await open.WaitAsync(_stopping.Token);
                if (bytes.Length == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                for (int sent = 0; sent < bytes.Length;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent), _stopping.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side is gone: so is the other. But a reset does not cross a black hole.
            try
            {
                await gate().WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                // Disposed.
            }

            to.Close(0);
        }
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;

namespace BrokerQueues.Broker.Tests.Connection;

/// <summary>Over real sockets.</summary>
public sealed class BurstStreamTests : IAsyncLifetime
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private Socket _peer = null!;
    private Socket _socket = null!;
    private BurstStream _stream = null!;

    public async Task InitializeAsync()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(_listener.LocalEndPoint!);
        _peer = await _listener.AcceptAsync();
        _stream = new BurstStream(_socket);
    }

    public Task DisposeAsync()
    {
        _peer.Dispose();
        _socket.Dispose();
        _listener.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task What_was_written_last_is_sent_before_it_closes()
    {
        for (int i = 0; i < 1_000; i++)
        {
            await _stream.WriteAsync(new byte[100]);
        }

        await _stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
        _socket.Close();
        byte[] buffer = new byte[200_000];
        int read = 0;
        while (await _peer.ReceiveAsync(buffer.AsMemory(read)).AsTask().WaitAsync(Eventually.Deadline) is > 0 and var length)
        {
            read += length;
        }

        Assert.Equal(100_000, read);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_holds_up_the_writer_and_not_the_closing()
    {
        // All buffers on the way together take far less than 4 MB.
        _socket.SendBufferSize = _peer.ReceiveBufferSize = 4096;
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 64; i++)
            {
                await _stream.WriteAsync(new byte[BurstWriter.BufferSize]);
            }
        });
        await _stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
        Assert.False(writing.IsCompleted);
        _socket.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => writing.WaitAsync(Eventually.Deadline));
    }

    [Fact]
    public async Task Tls_goes_over_it()
    {
        using X509Certificate2 certificate = SelfSigned();
        await using var client = new SslStream(_stream, leaveInnerStreamOpen: false, (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString());
        await using var server = new SslStream(new NetworkStream(_peer));
        await Task.WhenAll(client.AuthenticateAsClientAsync("localhost"), server.AuthenticateAsServerAsync(certificate)).WaitAsync(Eventually.Deadline);

        byte[] sent = RandomNumberGenerator.GetBytes(2_000_000);
        Task echo = server.CopyToAsync(server);
        Task writing = Task.Run(async () =>
        {
            for (int from = 0; from < sent.Length; from += 1_000)
            {
                await client.WriteAsync(sent.AsMemory(from, 1_000));
            }
        });
        byte[] read = new byte[sent.Length];
        await client.ReadExactlyAsync(read).AsTask().WaitAsync(Eventually.Deadline);
        await writing;
        Assert.True(sent.AsSpan().SequenceEqual(read));
        Assert.False(echo.IsFaulted);
    }

    [Fact]
    public async Task A_peer_that_is_gone_is_an_end_of_the_stream_or_an_error_and_not_silence()
    {
        _peer.Close(0);
        byte[] buffer = new byte[10];
        try
        {
            Assert.Equal(0, await _stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Deadline));
        }
        catch (IOException)
        {
            // A reset.
        }

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await _stream.WriteAsync(buffer).AsTask().WaitAsync(Eventually.Deadline);
            }
        });
    }

    [Fact]
    public void It_is_not_written_in_a_blocking_way()
    {
        Assert.Throws<NotSupportedException>(() => _stream.Write(new byte[1], 0, 1));
        Assert.Throws<NotSupportedException>(() => _stream.WriteByte(1));
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }
}

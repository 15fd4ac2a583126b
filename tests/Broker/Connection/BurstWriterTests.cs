using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace BrokerQueues.Broker.Tests.Connection;

public sealed class BurstWriterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<byte[]> _sent = [];
    private readonly BurstWriter _writer;
    private Func<Task> _sending = () => Task.CompletedTask;

    public BurstWriterTests()
    {
        // The clock stands still: what is written next follows closely on this.
        _writer = new BurstWriter(SendAsync, _time);
        Assert.True(_writer.WriteAsync(new byte[] { 0 }, default).AsTask().IsCompletedSuccessfully);
        _sent.Clear();
    }

    [Fact]
    public async Task What_is_written_alone_is_sent_before_the_writer_goes_on()
    {
        for (byte i = 1; i <= 3; i++)
        {
            Pause();
            Assert.True(_writer.WriteAsync(new[] { i }, default).AsTask().IsCompletedSuccessfully);
            Assert.Equal(i, Assert.Single(_sent[^1]));
        }

        Assert.Equal(3, _sent.Count);
        await _writer.WhenSentAsync();
    }

    [Fact]
    public async Task What_follows_while_a_burst_is_being_sent_goes_out_together_and_in_order()
    {
        var held = new TaskCompletionSource();
        _sending = () => held.Task;
        await _writer.WriteAsync(new byte[] { 1 }, default);
        await Eventually.TrueAsync(() => Sent().Count == 1, "the burst to begin");
        for (byte i = 2; i < 100; i++)
        {
            Assert.True(_writer.WriteAsync(new[] { i }, default).AsTask().IsCompletedSuccessfully);
        }

        Assert.Single(Sent());
        held.SetResult();
        await _writer.WhenSentAsync().WaitAsync(Eventually.Deadline);
        Assert.Equal([1, 98], Sent().Select(bytes => bytes.Length));
        Assert.Equal(Enumerable.Range(1, 99).Select(i => (byte)i), Sent().SelectMany(bytes => bytes));
    }

    [Fact]
    public async Task The_bytes_are_the_writers_again_when_they_are_taken()
    {
        var held = new TaskCompletionSource();
        _sending = () => held.Task;
        await _writer.WriteAsync(new byte[] { 1 }, default);
        byte[] bytes = [2];
        await _writer.WriteAsync(bytes, default);
        bytes[0] = 99;
        held.SetResult();
        await _writer.WhenSentAsync().WaitAsync(Eventually.Deadline);
        Assert.Equal([1, 2], Sent().SelectMany(sent => sent));
    }

    [Fact]
    public async Task A_peer_that_does_not_read_holds_the_writer_up()
    {
        var held = new TaskCompletionSource();
        _sending = () => held.Task;
        byte[] kilobyte = new byte[1024];
        int taken = 0;
        Task write;
        while ((write = _writer.WriteAsync(kilobyte, default).AsTask()).IsCompleted)
        {
            taken++;
            Assert.True(taken * kilobyte.Length <= 2 * BurstWriter.BufferSize, "more waits than two buffers");
        }

        Assert.True(taken >= BurstWriter.BufferSize / kilobyte.Length);
        held.SetResult();
        await write.WaitAsync(Eventually.Deadline);
        await _writer.WhenSentAsync().WaitAsync(Eventually.Deadline);
        Assert.Equal((taken + 1) * kilobyte.Length, Sent().Sum(bytes => bytes.Length));
    }

    [Fact]
    public async Task A_writer_that_is_held_up_gives_up_by_its_token()
    {
        _sending = () => new TaskCompletionSource().Task;
        await _writer.WriteAsync(new byte[BurstWriter.BufferSize], default);
        await Eventually.TrueAsync(() => Sent().Count == 1, "the burst to begin");
        await _writer.WriteAsync(new byte[BurstWriter.BufferSize], default);
        using var source = new CancellationTokenSource();
        ValueTask write = _writer.WriteAsync(new byte[1], source.Token);
        Assert.False(write.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await write);
    }

    [Fact]
    public async Task Where_sending_fails_the_next_write_does_and_one_that_is_held_up()
    {
        var held = new TaskCompletionSource();
        _sending = () => held.Task;
        await _writer.WriteAsync(new byte[1], default);
        await Eventually.TrueAsync(() => Sent().Count == 1, "the burst to begin");
        await _writer.WriteAsync(new byte[BurstWriter.BufferSize], default);
        Task heldUp = _writer.WriteAsync(new byte[1], default).AsTask();
        Assert.False(heldUp.IsCompleted);
        held.SetException(new IOException("connection reset"));

        Assert.Contains("connection reset", (await Assert.ThrowsAsync<IOException>(() => heldUp.WaitAsync(Eventually.Deadline))).Message, StringComparison.Ordinal);
        Pause();
        await Assert.ThrowsAsync<IOException>(async () => await _writer.WriteAsync(new byte[1], default));
        await _writer.WhenSentAsync().WaitAsync(Eventually.Deadline);
        Assert.Single(Sent());
    }

    [Fact]
    public async Task Where_sending_alone_fails_its_write_does_and_all_that_follow()
    {
        _sending = () => Task.FromException(new IOException("connection reset"));
        Pause();
        await Assert.ThrowsAsync<IOException>(async () => await _writer.WriteAsync(new byte[1], default));
        Pause();
        await Assert.ThrowsAsync<IOException>(async () => await _writer.WriteAsync(new byte[1], default));
        Assert.Single(Sent());
    }

    [Fact]
    public async Task A_call_that_throws_at_once_is_a_failure_like_any_other()
    {
        _sending = () => throw new ObjectDisposedException("the socket");
        Pause();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await _writer.WriteAsync(new byte[1], default));
        await Assert.ThrowsAsync<IOException>(async () => await _writer.WriteAsync(new byte[1], default));
        await _writer.WhenSentAsync().WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task What_another_writes_while_one_is_sent_alone_follows_it()
    {
        // TLS answers the peer on the thread that reads.
        var held = new TaskCompletionSource();
        _sending = () => held.Task;
        Pause();
        Task alone = _writer.WriteAsync(new byte[] { 1 }, default).AsTask();
        await _writer.WriteAsync(new byte[] { 2 }, default);
        Assert.False(alone.IsCompleted);
        held.SetResult();
        await alone.WaitAsync(Eventually.Deadline);
        await _writer.WhenSentAsync().WaitAsync(Eventually.Deadline);
        Assert.Equal([1, 2], Sent().SelectMany(bytes => bytes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_is_written_arrives_once_and_in_order(int seed)
    {
        var random = new Random(seed);
        _sending = () => random.Next(3) == 0 ? Task.CompletedTask : Task.Run(static () => Thread.Yield());
        var written = new List<byte>();
        for (int i = 0; i < 600; i++)
        {
            byte[] bytes = new byte[random.Next(20) == 0 ? random.Next(1, 3 * BurstWriter.BufferSize) : random.Next(1, 2_000)];
            random.NextBytes(bytes);
            written.AddRange(bytes);
            await _writer.WriteAsync(bytes, default).AsTask().WaitAsync(Eventually.Deadline);
            if (random.Next(4) == 0)
            {
                Pause();
            }
        }

        await _writer.WhenSentAsync().WaitAsync(Eventually.Deadline);
        Assert.True(written.SequenceEqual(Sent().SelectMany(bytes => bytes)));
    }

    private void Pause() => _time.Advance(TimeSpan.FromMilliseconds(1));

    private List<byte[]> Sent()
    {
        lock (_sent)
        {
            return [.. _sent];
        }
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        lock (_sent)
        {
            _sent.Add(bytes.ToArray());
        }

        return new ValueTask(_sending());
    }
}

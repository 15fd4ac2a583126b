using System.Collections.Concurrent;
using System.Diagnostics;
using BrokerQueues.Broker.Consuming;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Consuming;

public sealed class ConsumerSessionTests
{
    private const ushort Prefetch = 40;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly ScriptedClient _client = new();
    private readonly Sink _sink = new();

    [Fact]
    public async Task An_acknowledgement_that_the_timer_cannot_send_ends_the_session()
    {
        _client.On(nameof(IChannel.BasicAckAsync), _ => throw new InvalidOperationException("nobody foresaw it"));
        ConsumerSession session = await StartAsync();
        Delivery delivery = await DeliverAsync(session, 1);

        Assert.True(await session.AckAsync(delivery));
        Assert.Contains("nobody foresaw it", (await session.Ended.WaitAsync(s_limit)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_could_not_be_returned_is_not_acknowledged_with_its_neighbours()
    {
        var acknowledged = new ConcurrentQueue<(ulong Tag, bool Multiple)>();
        _client.On(nameof(IChannel.BasicAckAsync), arguments =>
        {
            acknowledged.Enqueue(((ulong)arguments[0]!, (bool)arguments[1]!));
            return default(ValueTask);
        });
        _client.On(nameof(IChannel.BasicNackAsync), _ => throw new InvalidOperationException("nobody foresaw it"));
        ConsumerSession session = await StartAsync();
        Delivery[] deliveries = [await DeliverAsync(session, 1), await DeliverAsync(session, 2), await DeliverAsync(session, 3)];

        await Record.ExceptionAsync(() => session.NackAsync(deliveries[1]).AsTask());
        await session.AckAsync(deliveries[0]);
        await session.AckAsync(deliveries[2]);
        await session.CloseAsync();

        Assert.DoesNotContain(acknowledged, acknowledgement => acknowledgement.Multiple);
    }

    [Fact]
    public async Task A_session_that_was_ended_while_it_was_found_idle_did_not_end_idle()
    {
        // Which of the two comes first is a matter of nanoseconds: many trials, and no waking of threads in between.
        const int Trials = 20_000;
        var sessions = new ConsumerSession[Trials];
        for (int trial = 0; trial < Trials; trial++)
        {
            sessions[trial] = await StartAsync();
        }

        int arrived = 0;
        var renewed = new Dictionary<ConsumerSession, bool>(Trials);
        await Task.WhenAll(
            Task.Factory.StartNew(() => Each(session => session.End(SessionEndKind.Lost, "lost")), TaskCreationOptions.LongRunning),
            Task.Factory.StartNew(() => Each(session => renewed[session] = session.TryRenewIdle()), TaskCreationOptions.LongRunning));

        foreach (ConsumerSession session in sessions)
        {
            Assert.Equal((await session.Ended).Kind == SessionEndKind.Renewed, renewed[session]);
        }

        void Each(Action<ConsumerSession> end)
        {
            for (int trial = 0; trial < Trials; trial++)
            {
                Interlocked.Increment(ref arrived);
                while (Volatile.Read(ref arrived) < (trial + 1) * 2)
                {
                    Thread.SpinWait(1);
                }

                end(sessions[trial]);
            }
        }
    }

    [Fact]
    public async Task Closing_does_not_wait_for_an_acknowledgement_that_cannot_be_written()
    {
        _client.On(nameof(IChannel.BasicAckAsync), arguments => new ValueTask(Task.Delay(Timeout.Infinite, (CancellationToken)arguments[2]!)));
        ConsumerSession session = await StartAsync();
        await session.AckAsync(await DeliverAsync(session, 1));

        await session.CloseAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task Closing_sends_what_is_acknowledged_while_it_sends()
    {
        var time = new FakeTimeProvider();
        ConsumerSession session = await StartAsync(time);
        Delivery first = await DeliverAsync(session, 1);
        Delivery second = await DeliverAsync(session, 2);
        var acknowledged = new List<ulong>();
        _client.On(nameof(IChannel.BasicAckAsync), arguments =>
        {
            acknowledged.Add((ulong)arguments[0]!);
            return new ValueTask(acknowledged.Count == 1 ? AcknowledgeSecondAsync() : Task.CompletedTask);
        });

        async Task AcknowledgeSecondAsync()
        {
            // The timer of the first comes in vain, since closing is already sending.
            await Task.Yield();
            time.Advance(TimeSpan.FromSeconds(1));
            _sink.HasWaiting = false;
            await session.AckAsync(second);
        }

        await session.AckAsync(first);
        Task closing = session.CloseAsync();
        for (long began = Stopwatch.GetTimestamp(); !closing.IsCompleted; await Task.Yield())
        {
            // It lets the last acknowledgement settle for a while.
            Assert.True(Stopwatch.GetElapsedTime(began) < s_limit, "the session does not close");
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        await closing;
        Assert.Equal([1UL, 2UL], acknowledged);
    }

    private Task<ConsumerSession> StartAsync(TimeProvider? time = null) => ConsumerSession.StartAsync(
        _client.Connection, new SubscriptionSpec { QueueId = "q", QueueName = "q", Prefetch = Prefetch, FirstPrefetch = Prefetch }, _sink, time ?? TimeProvider.System, NullLogger.Instance, CancellationToken.None);

    private async Task<Delivery> DeliverAsync(IAsyncBasicConsumer session, ulong tag)
    {
        await session.HandleBasicDeliverAsync("consumer", tag, redelivered: false, "", "q", new BasicProperties(), default, CancellationToken.None);
        return _sink.Last!;
    }

    private sealed class Sink : IDeliverySink
    {
        public Delivery? Last { get; private set; }

        public bool HasWaiting { get; set; } = true;

        public void Accept(Delivery delivery) => Last = delivery;

        public Task WhenReadyAsync(Action standsAside, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using BrokerQueues.Broker.Consuming;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Tests.Consuming;

/// <summary>A broker whose answers to a subscription stand for the queue's majority, and a clock that the test moves.</summary>
public sealed class QuorumWitnessTests : IAsyncDisposable
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private readonly ScriptedClient _client = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _over = new();
    private readonly QuorumWitness _witness;
    private Func<Task<string>> _majority = Agreed;
    private int _asked;

    public QuorumWitnessTests() => _witness = new QuorumWitness("q", s_heartbeat, _time, NullLogger.Instance);

    [Fact]
    public async Task A_session_whose_queue_no_longer_reaches_a_majority_is_ended_within_two_heartbeats_of_the_last_answer()
    {
        (ConsumerSession session, Task<bool> watching) = await WatchTaskAsync();
        _majority = Never;

        await MoveAsync(s_heartbeat / 2, asked: 2);
        _time.Advance(s_heartbeat * 1.2);
        Assert.False(session.IsOver);
        _time.Advance(s_heartbeat * 0.1);

        Assert.True(await watching.WaitAsync(s_limit));
        Assert.True(session.IsOver);
        await AbortedAsync(session);
    }

    [Fact]
    public async Task A_queue_without_a_leader_for_a_moment_costs_no_task()
    {
        (ConsumerSession session, Task<bool> watching) = await WatchTaskAsync();
        for (int moment = 0; moment < 5; moment++)
        {
            // The question that met the dead leader is never answered; the one after it is.
            int before = _asked;
            _majority = () => _asked == before + 1 ? Never() : Agreed();
            await MoveAsync(s_heartbeat / 2, before + 1);
            await MoveAsync(s_heartbeat / 2, before + 2);
            await ProvenAsync(_time.GetTimestamp());
        }

        Assert.False(watching.IsCompleted);
        Assert.False(session.IsOver);
        Assert.False(session.Aborted.IsCancellationRequested);
    }

    [Theory]
    [InlineData(60, 35, "brokers give up a silent one after 45 s, however long a heartbeat is")]
    [InlineData(1, 8.75, "an election takes up to 8 s, however short it is")]
    public async Task The_patience_stays_between_an_election_and_the_time_after_which_brokers_give_up_one_that_is_cut_off(int heartbeat, double patience, string why)
    {
        var witness = new QuorumWitness("q", TimeSpan.FromSeconds(heartbeat), _time, NullLogger.Instance);
        ConsumerSession session = await StartAsync();
        await DeliverAsync(session);
        _majority = Never;
        Task<bool> watching = witness.WatchAsync(session, _over.Token);
        await MoveAsync(TimeSpan.Zero, asked: 1);

        _time.Advance(TimeSpan.FromSeconds(patience - 0.1));
        Assert.False(session.IsOver, why);
        _time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.True(await watching.WaitAsync(s_limit));
    }

    [Fact]
    public async Task A_refusal_is_no_answer_and_is_asked_again()
    {
        (ConsumerSession session, Task<bool> watching) = await WatchTaskAsync();
        _majority = () => throw new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Peer, 541, "no leader"));

        await MoveAsync(s_heartbeat / 2, asked: 2);
        await MoveAsync(s_heartbeat / 2, asked: 3);
        await MoveAsync(s_heartbeat / 2, asked: 4);
        Assert.False(session.IsOver);
        _time.Advance(s_heartbeat / 4);

        Assert.True(await watching.WaitAsync(s_limit));
    }

    [Fact]
    public async Task Nothing_is_asked_while_nothing_runs_and_that_time_does_not_count_against_a_task()
    {
        ConsumerSession session = await StartAsync();
        _majority = Never;
        Task<bool> watching = _witness.WatchAsync(session, _over.Token);
        for (int round = 0; round < 20; round++)
        {
            _time.Advance(s_heartbeat / 2);
            await ProvenAsync(_time.GetTimestamp());
        }

        Assert.Equal(0, _asked);
        await DeliverAsync(session);
        await MoveAsync(s_heartbeat / 2, asked: 1);
        _time.Advance(s_heartbeat);
        Assert.False(session.IsOver);
        _time.Advance(s_heartbeat / 2);

        Assert.True(await watching.WaitAsync(s_limit));
    }

    [Fact]
    public async Task The_watch_ends_with_the_session_though_a_question_is_open()
    {
        ConsumerSession session = await StartAsync();
        await DeliverAsync(session);
        _majority = Never;
        Task<bool> watching = _witness.WatchAsync(session, _over.Token);
        await MoveAsync(TimeSpan.Zero, asked: 1);

        session.End(SessionEndKind.Lost, "another reason");
        await _over.CancelAsync();

        Assert.False(await watching.WaitAsync(s_limit));
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _over.Dispose();
    }

    private static Task<string> Agreed() => Task.FromResult("agreed");

    private static async Task<string> Never()
    {
        await Task.Delay(Timeout.Infinite);
        return "";
    }

    private static async Task AbortedAsync(ConsumerSession session)
    {
        var aborted = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = session.Aborted.Register(() => aborted.TrySetResult());
        await aborted.Task.WaitAsync(s_limit);
    }

    private async Task<ConsumerSession> StartAsync()
    {
        ConsumerSession session = await ConsumerSession.StartAsync(
            _client.Connection, new SubscriptionSpec { QueueId = "q", QueueName = "q", Prefetch = 1, FirstPrefetch = 1, Acknowledgement = AcknowledgementMode.OneByOne }, new Sink(), _time, NullLogger.Instance, CancellationToken.None);
        _client.On(nameof(IChannel.BasicConsumeAsync), _ =>
        {
            Interlocked.Increment(ref _asked);
            return _majority();
        });
        return session;
    }

    /// <summary>A session with a task, whose first question has been answered.</summary>
    private async Task<(ConsumerSession Session, Task<bool> Watching)> WatchTaskAsync()
    {
        ConsumerSession session = await StartAsync();
        await DeliverAsync(session);
        Task<bool> watching = _witness.WatchAsync(session, _over.Token);
        await MoveAsync(TimeSpan.Zero, asked: 1);
        return (session, watching);
    }

    private static Task DeliverAsync(IAsyncBasicConsumer session) =>
        session.HandleBasicDeliverAsync("consumer", 1, redelivered: false, "", "q", new BasicProperties(), default, CancellationToken.None);

    /// <summary>Moves the clock, and waits until it has been asked so many times.</summary>
    private async Task MoveAsync(TimeSpan by, int asked)
    {
        _time.Advance(by);
        await Eventually(() => Volatile.Read(ref _asked) >= asked);
    }

    private Task ProvenAsync(long at) => Eventually(() => _witness.ProvenAt >= at);

    private static async Task Eventually(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Sink : IDeliverySink
    {
        public bool HasWaiting => false;

        public void Accept(Delivery delivery)
        {
        }

        public Task WhenReadyAsync(Action standsAside, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

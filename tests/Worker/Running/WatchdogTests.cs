using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>A broker that no longer answers, or no longer has the consumer that this node believes it has.</summary>
public sealed class WatchdogTests
{
    private readonly HeldWork _work = new();

    [Theory]
    [InlineData(Kind.Concurrent)]
    [InlineData(Kind.Sequential)]
    public async Task Without_an_answer_for_one_and_three_quarters_of_a_heartbeat_sessions_end_and_the_connection_is_left(Kind kind)
    {
        await using QueueHarness queue = await StartAnsweredAsync(kind);
        FakeChannel first = queue.Channel;
        Rule silence = queue.Broker.On<OpenChannel>((channel, _) => channel.Connection == first.Connection).IsNeverAnswered();

        queue.Time.Advance(TimeSpan.FromSeconds(5));
        await silence.Asked;
        await queue.PassAsync(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(12));
        Assert.Empty(_work.Aborted);
        queue.Time.Advance(TimeSpan.FromSeconds(0.6));

        await QueueHarness.UntilAsync(() => _work.Aborted.Contains("t1"), "JobAborted");
        await QueueHarness.UntilAsync(() => !first.Connection.IsOpen, "the connection to be left");
        _work.End("t1");
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "a session over another connection");
        Assert.NotSame(first.Connection, queue.Channel.Connection);
        Assert.Empty(first.Settlements);
    }

    // By the time of the answer the broker may have heard nothing for as long as it took.
    [Fact]
    public async Task It_is_counted_from_when_the_last_answered_question_was_asked()
    {
        await using QueueHarness queue = await StartAnsweredAsync(Kind.Concurrent);
        FakeChannel first = queue.Channel;
        // At every second question the queues are looked at too, over the channel that it has opened.
        queue.Time.Advance(TimeSpan.FromSeconds(5));
        await QueueHarness.UntilAsync(() => Looks(queue) == 1 && first.Connection.Channels[^1].IsClosed, "the second question to be answered");
        Rule late = queue.Broker.On<OpenChannel>((channel, _) => channel.Connection == first.Connection).Times(1).IsHeld();
        queue.Time.Advance(TimeSpan.FromSeconds(5));
        await late.Asked;
        queue.Time.Advance(TimeSpan.FromSeconds(3));
        FakeChannel asking = first.Connection.Channels[^1];
        Rule silence = queue.Broker.On<OpenChannel>((channel, _) => channel.Connection == first.Connection).IsNeverAnswered();
        late.Release();
        await QueueHarness.UntilAsync(() => asking.IsClosed, "the answer to be taken");

        // Asked at 10 s, so that the time is over at 27.5 s.
        queue.Time.Advance(TimeSpan.FromSeconds(2));
        await silence.Asked;
        await queue.PassAsync(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(12));
        Assert.Empty(_work.Aborted);
        queue.Time.Advance(TimeSpan.FromSeconds(0.6));

        await QueueHarness.UntilAsync(() => _work.Aborted.Contains("t1"), "JobAborted");
        _work.End("t1");
    }

    [Fact]
    public async Task Answers_keep_the_session_however_long_the_task_takes()
    {
        await using QueueHarness queue = await StartAnsweredAsync(Kind.Concurrent);

        await queue.PassUntilAsync(() => Looks(queue) == 20, "twenty looks, one a heartbeat", TimeSpan.FromSeconds(1));

        Assert.Empty(_work.Aborted);
        Assert.Single(queue.Subscriptions);
        Assert.Empty(queue.Warnings);
        _work.End("t1");
    }

    [Fact]
    public async Task One_bad_look_at_the_queue_ends_nothing_and_two_in_a_row_do()
    {
        await using QueueHarness queue = await StartAnsweredAsync(Kind.Concurrent);
        FakeChannel first = queue.Channel;
        int looks = 0;
        bool[] bad = [true, false, true, false, false, true, true];
        queue.Broker.On<LookFor>(look => look == new LookFor("queue", queue.Queue)).Does((_, _, _) =>
        {
            bool isBad = looks < bad.Length && bad[looks];
            looks++;
            queue.Broker.Holds(queue.Queue, messages: 3, consumers: isBad ? 0u : 1);
            return Task.CompletedTask;
        });

        await queue.PassUntilAsync(() => first.IsClosed, "the session to end", TimeSpan.FromSeconds(1));

        Assert.Equal(bad.Length, looks);
        Assert.Contains("t1", _work.Aborted);
        Assert.Contains(queue.Warnings, warning => warning.Contains("has lost its consumer", StringComparison.Ordinal));
        _work.End("t1");
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");
    }

    [Fact]
    public async Task A_queue_that_is_gone_at_two_looks_ends_the_session()
    {
        await using QueueHarness queue = await StartAnsweredAsync(Kind.Sequential);
        FakeChannel first = queue.Channel;
        Rule gone = queue.Broker.On<LookFor>(look => look == new LookFor("queue", queue.Queue)).Times(2).ClosesTheChannel(404, "NOT_FOUND");

        await queue.PassUntilAsync(() => _work.Aborted.Contains("t1"), "JobAborted", TimeSpan.FromSeconds(1));
        _work.End("t1");
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");

        Assert.Equal(2, gone.Count);
        Assert.Empty(first.Settlements);
    }

    private static int Looks(QueueHarness queue) => queue.Broker.Asked.SkipWhile(asked => asked.Request is not Consume).Count(asked => asked.Request is LookFor);

    /// <summary>A worker with a task that runs, whose first question has been answered.</summary>
    private async Task<QueueHarness> StartAnsweredAsync(Kind kind)
    {
        QueueHarness queue = await QueueHarness.StartAsync(kind, _work.RunAsync);
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");
        await QueueHarness.UntilAsync(() => queue.Consuming.Channels.Any(channel => channel.ChannelNumber > queue.Channel.ChannelNumber && channel.IsClosed), "the first answer");
        return queue;
    }
}

using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

public sealed class SequentialQueueTests
{
    private readonly HeldWork _work = new();

    [Fact]
    public async Task It_runs_one_after_the_other_in_order_and_acknowledges_each_by_itself()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.SequentialAhead);
        for (int task = 1; task <= 20; task++)
        {
            await queue.DeliverAsync($"t{task}");
        }

        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 20, "all acknowledgements");

        Assert.Equal(1, queue.Script.MostAtATime);
        Assert.Equal(Enumerable.Range(1, 20).Select(task => $"t{task}"), queue.Script.StartedIds);
        Assert.Equal(Enumerable.Range(1, 20).Select(tag => (Request)new Ack((ulong)tag)), queue.Channel.Settlements);
    }

    [Fact]
    public async Task The_next_does_not_start_before_the_one_before_it_is_settled()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.SequentialAhead);
        Rule held = queue.Broker.On<Ack>().Times(1).IsHeld();
        await queue.DeliverAsync("t1");
        await queue.DeliverAsync("t2");
        await held.Asked;

        Assert.Equal(["t1"], queue.Script.StartedIds);
        held.Release();

        await QueueHarness.UntilAsync(() => queue.Script.Started.Count == 2, "the second");
    }

    // The broker hands the task to the next session at once: while it still runs here, this node does not subscribe.
    [Fact]
    public async Task No_session_begins_while_a_task_of_an_older_one_runs()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Sequential, _work.RunAsync);
        FakeChannel first = queue.Channel;
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");

        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        await QueueHarness.UntilAsync(() => _work.Aborted.Contains("t1"), "JobAborted");
        await queue.PassAsync(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1));
        Assert.Single(queue.Subscriptions);
        _work.End("t1");

        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");
        await queue.DeliverAsync("t2");
        _work.End("t2");
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 1, "the acknowledgement");
        Assert.Equal(1, queue.Script.MostAtATime);
        Assert.Empty(first.Settlements);
    }

    [Theory]
    [InlineData(Kind.Sequential)]
    [InlineData(Kind.SequentialAhead)]
    public async Task A_node_that_stops_finishes_its_task_acknowledges_it_and_closes_the_channel_without_cancelling_the_consumer(Kind kind)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind, _work.RunAsync);
        ulong tag = await queue.DeliverAsync("t1");
        if (kind == Kind.SequentialAhead)
        {
            await queue.DeliverAsync("t2");
        }

        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");

        Task stopping = queue.BeginStop();
        await queue.PassAsync(TimeSpan.FromSeconds(5));
        Assert.False(stopping.IsCompleted);
        Assert.True(queue.Channel.IsOpen);
        _work.End("t1");
        await queue.StopAsync();

        Assert.Equal(["t1"], queue.Script.StartedIds);
        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        Assert.DoesNotContain(queue.Channel.Asked, asked => asked is Cancel);
        Assert.IsType<CloseChannel>(queue.Channel.Asked.Last());
    }

    [Fact]
    public async Task Its_prefetch_is_set_once_and_never_raised()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.SequentialAhead);
        for (int task = 1; task <= 5; task++)
        {
            await queue.DeliverAsync($"t{task}");
        }

        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 5, "all acknowledgements");
        await queue.StopAsync();

        Assert.Equal([new Qos(3)], queue.Channel.Asked.Where(asked => asked is Qos));
        Assert.Single(queue.Channel.Asked, asked => asked is Consume);
    }

    [Fact]
    public async Task A_task_that_is_held_at_the_head_is_left_when_the_node_stops_and_nothing_behind_it_starts()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.SequentialAhead, TaskProcessingJobResult.Requeue);
        await queue.DeliverAsync("t1");
        await queue.DeliverAsync("t2");
        await queue.UntilWarnedAsync("runs again in");

        await queue.StopAsync();

        Assert.Equal(["t1"], queue.Script.StartedIds);
        Assert.Empty(queue.Channel.Settlements);
    }

    [Fact]
    public async Task While_a_task_runs_the_majority_is_asked_and_without_it_the_session_ends()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Sequential, _work.RunAsync);
        FakeChannel first = queue.Channel;
        queue.Broker.On<Consume>(consume => consume.Priority is not null).IsNeverAnswered();
        await queue.DeliverAsync("t1");

        TimeSpan passed = await queue.PassUntilAsync(() => _work.Aborted.Contains("t1"), "JobAborted", TimeSpan.FromMilliseconds(500));
        _work.End("t1");
        await queue.StopAsync();

        Assert.True(passed >= QueueHarness.Heartbeat, $"after only {passed}");
        Assert.Empty(first.Settlements);
    }
}

using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

public sealed class ConcurrentQueueTests
{
    private readonly HeldWork _work = new();

    [Fact]
    public async Task It_runs_at_most_as_many_tasks_at_a_time_as_its_concurrency()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, _work.RunAsync);
        for (int task = 1; task <= 6; task++)
        {
            await queue.DeliverAsync($"t{task}");
        }

        for (int task = 1; task <= 6; task++)
        {
            await QueueHarness.UntilAsync(() => queue.Script.StartedIds.Contains($"t{task}"), $"task {task} to start");
            _work.End($"t{task}");
        }

        await queue.PassUntilAsync(() => queue.Script.Running == 0, "all to end");
        Assert.Equal(2, queue.Script.MostAtATime);
        Assert.Equal(6, queue.Script.Started.Count);
    }

    [Fact]
    public async Task What_ends_out_of_order_is_acknowledged_without_what_still_runs()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, _work.RunAsync);
        await queue.DeliverAsync("t1");
        await queue.DeliverAsync("t2");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 2, "both to run");

        _work.End("t2");
        await queue.PassUntilAsync(() => queue.Channel.Settlements.Count == 1, "the acknowledgement");
        Assert.Equal([new Ack(2)], queue.Channel.Settlements);

        _work.End("t1");
        await queue.PassUntilAsync(() => queue.Channel.Settlements.Count == 2, "the other");
        Assert.Equal(new Ack(1), queue.Channel.Settlements[1]);
    }

    [Fact]
    public async Task Every_delivery_of_many_is_acknowledged_exactly_once()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        const ulong Tasks = 500;
        for (ulong task = 1; task <= Tasks; task++)
        {
            await queue.DeliverAsync($"t{task}");
        }

        await queue.PassUntilAsync(() => queue.Channel.Acknowledged.Count >= (int)Tasks, "all acknowledgements");
        await queue.StopAsync();

        Assert.Equal(Enumerable.Range(1, (int)Tasks).Select(tag => (ulong)tag), queue.Channel.Acknowledged.Order());
        Assert.Equal((int)Tasks, queue.Script.Started.Count);
        Assert.Empty(queue.Warnings);
    }

    [Fact]
    public async Task A_node_that_stops_cancels_its_consumer_gives_back_what_has_not_started_only_then_and_waits_for_what_runs()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, _work.RunAsync);
        for (int task = 1; task <= 4; task++)
        {
            await queue.DeliverAsync($"t{task}");
        }

        await QueueHarness.UntilAsync(() => queue.Script.Running == 2, "two to run");

        (Task stopping, Rule cancelling) = await BeginStopAsync(queue);
        // One slot is free, and there is more: it does not start, and goes back only when no more comes.
        _work.End("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "the first to end");
        Assert.DoesNotContain(queue.Channel.Settlements, settled => settled is Nack);
        cancelling.Release();
        // One slot takes both.
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count(settled => settled is Nack) == 2, "two to go back");
        Assert.False(stopping.IsCompleted);
        _work.End("t2");
        await queue.StopAsync();

        Assert.Equal(["t1", "t2"], queue.Script.StartedIds.Order());
        Assert.Equal([new Nack(3, false, true), new Nack(4, false, true)], queue.Channel.Settlements.OfType<Nack>().OrderBy(nack => nack.Tag));
        Assert.Equal([1UL, 2UL], queue.Channel.Acknowledged.Order());
        Assert.Empty(queue.Copies);
        Assert.IsType<CloseChannel>(queue.Channel.Asked.Last());
        List<Request> asked = [.. queue.Channel.Asked];
        Assert.True(asked.FindLastIndex(request => request is Cancel) < asked.FindIndex(request => request is Nack), string.Join('\n', asked));
    }

    [Fact]
    public async Task What_has_come_back_several_times_goes_back_as_a_fresh_copy()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, _work.RunAsync);
        await queue.DeliverAsync("t1");
        await queue.DeliverAsync("t2");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 2, "two to run");
        ulong tag = await queue.DeliverAsync("t3", redelivered: true, headers: [("x-delivery-count", 5L), ("bq-attempt", 2)]);

        (_, Rule cancelling) = await BeginStopAsync(queue);
        cancelling.Release();
        _work.EndAll();
        await queue.StopAsync();

        Publish copy = Assert.Single(queue.Copies);
        Assert.Equal((queue.Queue, queue.Queue, true), (copy.Exchange, copy.RoutingKey, copy.Mandatory));
        Assert.Equal("t3", copy.Properties.MessageId);
        Assert.Equal(2, copy.Properties.Headers!["bq-attempt"]);
        Assert.DoesNotContain("x-delivery-count", copy.Properties.Headers.Keys);
        Assert.Contains(tag, queue.Channel.Acknowledged);
        Assert.DoesNotContain(queue.Channel.Settlements, settled => settled is Nack);
    }

    [Fact]
    public async Task What_comes_while_the_consumer_is_being_cancelled_goes_back_too()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        (_, Rule cancelling) = await BeginStopAsync(queue);

        ulong tag = await queue.DeliverAsync();
        cancelling.Release();
        await queue.StopAsync();

        Assert.Empty(queue.Script.Started);
        Assert.Equal([new Nack(tag, false, true)], queue.Channel.Settlements);
    }

    [Fact]
    public async Task What_still_runs_after_both_grace_periods_is_told_to_abort_and_then_left_unsettled()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, _work.RunAsync);
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");

        (Task stopping, Rule cancelling) = await BeginStopAsync(queue);
        cancelling.Release();
        Assert.Empty(_work.Aborted);
        TimeSpan untilAbort = await queue.PassUntilAsync(() => !_work.Aborted.IsEmpty, "JobAborted", TimeSpan.FromMilliseconds(200));
        TimeSpan untilEnd = await queue.PassUntilAsync(() => stopping.IsCompleted, "the end", TimeSpan.FromMilliseconds(200));
        _work.End("t1");

        Assert.True(untilAbort >= TimeSpan.FromSeconds(10), $"told after {untilAbort}");
        Assert.True(untilEnd >= TimeSpan.FromSeconds(9.8), $"left after {untilEnd} more");
        Assert.Empty(queue.Channel.Settlements);
        Assert.IsType<CloseChannel>(queue.Channel.Asked.Last());
    }

    [Fact]
    public async Task What_aborts_while_its_node_stops_goes_back_unharmed()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return TaskProcessingJobResult.Complete;
        });
        ulong tag = await queue.DeliverAsync();
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");

        await queue.StopAsync();

        Assert.Equal([new Nack(tag, false, true)], queue.Channel.Settlements);
        Assert.Empty(queue.Copies);
    }

    /// <summary>Returns when the consumer is being cancelled, which the test has to let happen.</summary>
    private static async Task<(Task Stopping, Rule Cancelling)> BeginStopAsync(QueueHarness queue)
    {
        Rule cancelling = queue.Broker.On<Cancel>().IsHeld();
        Task stopping = queue.BeginStop();
        await cancelling.Asked;
        return (stopping, cancelling);
    }
}

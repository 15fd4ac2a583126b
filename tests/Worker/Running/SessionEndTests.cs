using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>Nothing is started or settled once the session of a delivery is over: the broker has given it to another node.</summary>
public sealed class SessionEndTests
{
    private readonly HeldWork _work = new();

    [Theory]
    [InlineData(Kind.Concurrent, TaskProcessingJobResult.Complete)]
    [InlineData(Kind.Concurrent, TaskProcessingJobResult.Fatal)]
    [InlineData(Kind.Concurrent, TaskProcessingJobResult.Requeue)]
    [InlineData(Kind.Concurrent, TaskProcessingJobResult.Retry)]
    [InlineData(Kind.Sequential, TaskProcessingJobResult.Complete)]
    [InlineData(Kind.Sequential, TaskProcessingJobResult.Fail)]
    [InlineData(Kind.Sequential, TaskProcessingJobResult.Abort)]
    [InlineData(Kind.Broadcast, TaskProcessingJobResult.Fail)]
    public async Task What_ends_after_its_session_is_neither_settled_nor_copied_nor_run_again(Kind kind, TaskProcessingJobResult result)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind, _work.RunAsync);
        FakeChannel first = queue.Channel;
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");
        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        await QueueHarness.UntilAsync(() => _work.Aborted.Contains("t1"), "JobAborted");

        _work.End("t1", result);
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");
        await queue.StopAsync();

        Assert.Empty(first.Settlements);
        Assert.Empty(queue.Channel.Settlements);
        Assert.Empty(queue.Copies);
        Assert.Single(queue.Script.Started);
    }

    [Fact]
    public async Task A_delivery_is_settled_over_the_channel_it_came_on_though_another_session_has_begun()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, _work.RunAsync);
        FakeChannel first = queue.Channel;
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");
        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");

        // The broker delivers it again, with the same tag.
        ulong tag = await queue.DeliverAsync("t1-again");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 2, "both to run");
        _work.End("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "the first to end");
        _work.End("t1-again");
        await queue.StopAsync();

        Assert.Empty(first.Settlements);
        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
    }

    [Fact]
    public async Task What_arrives_after_its_session_is_not_started()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        FakeChannel first = queue.Channel;
        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");

        await queue.DeliverAsync(over: first);
        await queue.StopAsync();

        Assert.Empty(queue.Script.Started);
        Assert.Empty(first.Settlements);
    }

    [Theory]
    [InlineData(Kind.Concurrent)]
    [InlineData(Kind.SequentialAhead)]
    public async Task What_waits_when_its_session_ends_is_not_started(Kind kind)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind, _work.RunAsync);
        FakeChannel first = queue.Channel;
        string[] ids = [.. Enumerable.Range(1, 6).Select(number => $"t{number}")];
        foreach (string id in ids)
        {
            await queue.DeliverAsync(id);
        }

        int running = kind == Kind.Concurrent ? 2 : 1;
        await QueueHarness.UntilAsync(() => queue.Script.Running == running, "as many to run as may");
        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        _work.EndAll();
        await queue.StopAsync();

        Assert.Equal(running, queue.Script.Started.Count);
        Assert.Empty(first.Settlements);
    }

    [Fact]
    public async Task A_task_does_not_start_where_its_session_ends_while_the_broker_is_asked_for_more()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        FakeChannel first = queue.Channel;
        Rule raising = queue.Broker.On<Qos>(qos => qos.Prefetch > 1).IsHeld();
        await queue.DeliverAsync();
        await raising.Asked;

        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        await queue.StopAsync();

        Assert.Empty(queue.Script.Started);
        Assert.Empty(first.Settlements);
    }

    [Fact]
    public async Task A_task_does_not_start_and_goes_back_where_its_node_stops_while_the_broker_is_asked_for_more()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        Rule raising = queue.Broker.On<Qos>(qos => qos.Prefetch > 1).IsHeld();
        ulong tag = await queue.DeliverAsync();
        await raising.Asked;

        Task stopping = queue.BeginStop();
        await queue.PassUntilAsync(() => queue.Channel.Settlements.Count > 0 || stopping.IsCompleted, "it to go back");
        raising.Release();
        await queue.StopAsync();

        Assert.Empty(queue.Script.Started);
        Assert.Equal([new Nack(tag, false, true)], queue.Channel.Settlements);
    }

    [Fact]
    public async Task A_task_does_not_start_where_its_session_ends_while_the_parking_queues_are_looked_at()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Halting);
        FakeChannel first = queue.Channel;
        Rule looking = queue.Broker.On<CountMessages>().Times(1).IsHeld();
        await queue.DeliverAsync();
        await looking.Asked;

        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        looking.Release();
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");
        await queue.StopAsync();

        Assert.Empty(queue.Script.Started);
        Assert.Empty(first.Settlements);
    }

    // The directive's own code runs before the execution, and may take its time.
    [Theory]
    [InlineData(Kind.Concurrent)]
    [InlineData(Kind.Sequential)]
    public async Task A_task_does_not_start_where_its_session_ends_while_its_directive_is_read(Kind kind)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind);
        FakeChannel first = queue.Channel;
        string hook = $"{nameof(SessionEndTests)}.{kind}";
        TestDirective.Hooks[hook] = () => first.CloseByBrokerAsync(541, "INTERNAL_ERROR").GetAwaiter().GetResult();

        await queue.DeliverAsync(body: $$"""{"Hook":"{{hook}}"}""");
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");
        await queue.StopAsync();

        Assert.Empty(queue.Script.Started);
        Assert.Empty(first.Settlements);
    }

    [Fact]
    public async Task A_task_that_is_held_at_the_head_does_not_run_again_where_its_session_ends_meanwhile()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Sequential, TaskProcessingJobResult.Requeue);
        FakeChannel first = queue.Channel;
        await queue.DeliverAsync();
        await queue.UntilWarnedAsync("runs again in");

        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");
        await queue.PassAsync(TimeSpan.FromSeconds(5));
        await queue.StopAsync();

        Assert.Single(queue.Script.Started);
        Assert.Empty(first.Settlements);
        Assert.Empty(queue.Copies);
    }

    [Fact]
    public async Task An_acknowledgement_that_cannot_be_written_ends_the_session_and_is_not_tried_twice()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        FakeChannel first = queue.Channel;
        Rule failing = queue.Broker.On<Ack>().Times(1).Throws(() => new InvalidOperationException("nobody foresaw it"));

        await queue.DeliverAsync();
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");

        Assert.Equal(1, failing.Count);
        Assert.Single(first.Settlements);
        Assert.True(first.IsClosed);
    }

    [Fact]
    public async Task JobAborted_fires_at_the_end_of_the_session_for_each_execution_on_its_own()
    {
        var reached = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var block = new ManualResetEventSlim();
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, async (job, token) =>
        {
            // What one processor does when it is told must not keep the others from hearing of it.
            await using CancellationTokenRegistration registration = token.Register(() =>
            {
                reached.Add(job.TaskId.Value);
                block.Wait(CancellationToken.None);
            });
            Assert.Equal(token, job.JobAborted);
            return await _work.RunAsync(job, CancellationToken.None);
        });
        await queue.DeliverAsync("t1");
        await queue.DeliverAsync("t2");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 2, "both to run");
        Assert.Empty(reached);

        await queue.Channel.CloseByBrokerAsync(541, "INTERNAL_ERROR");

        await QueueHarness.UntilAsync(() => reached.Count == 2, "both to hear of it");
        block.Set();
        _work.EndAll();
    }

    [Fact]
    public async Task An_execution_of_the_next_session_is_not_aborted_by_the_end_of_the_one_before()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Sequential, _work.RunAsync);
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");
        await queue.Channel.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        await QueueHarness.UntilAsync(() => _work.Aborted.Contains("t1"), "JobAborted");
        _work.End("t1");
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");

        await queue.DeliverAsync("t2");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "the next to run");
        _work.End("t2");
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 1, "its acknowledgement");

        Assert.Equal(["t1"], _work.Aborted);
    }
}

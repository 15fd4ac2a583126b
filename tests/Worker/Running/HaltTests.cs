using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>A queue that halts while a task lies in one of its parking queues.</summary>
public sealed class HaltTests
{
    [Theory]
    [InlineData(".failed")]
    [InlineData(".fatal")]
    public async Task It_is_not_subscribed_to_while_a_task_lies_there_and_the_node_starts_all_the_same(string parking)
    {
        await using var queue = new QueueHarness(Kind.Halting);
        queue.Broker.Holds(queue.Queue + parking, messages: 1);

        await queue.StartAsync();
        await queue.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1));
        Assert.Empty(queue.Subscriptions);
        queue.Broker.Holds(queue.Queue + parking, messages: 0);

        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 1, "the subscription");
    }

    // A look at a message in the management UI takes it out for a moment.
    [Fact]
    public async Task It_goes_on_when_two_looks_one_after_the_other_have_found_nothing()
    {
        await using var queue = new QueueHarness(Kind.Halting);
        string failed = queue.Queue + ".failed";
        uint[] found = [1, 0, 1, 0, 0];
        int looks = 0;
        queue.Broker.On<CountMessages>(count => count.Queue == failed).Does((_, _, _) =>
        {
            queue.Broker.Holds(failed, found[Math.Min(looks++, found.Length - 1)]);
            return Task.CompletedTask;
        });

        await queue.StartAsync();
        TimeSpan passed = await queue.PassUntilAsync(() => queue.Subscriptions.Count == 1, "the subscription");

        Assert.Equal(found.Length, looks);
        Assert.True(passed >= TimeSpan.FromSeconds(8), $"after only {passed}");
    }

    [Fact]
    public async Task A_parked_task_halts_it_at_once_and_nothing_behind_it_starts()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Halting, TaskProcessingJobResult.Fail);
        FakeChannel first = queue.Channel;
        Rule held = queue.Broker.On<Publish>().IsHeld();
        ulong tag = await queue.DeliverAsync("t1");
        await held.Asked;
        await queue.DeliverAsync("t2");

        // The broker does not show it in its counts.
        held.Release();
        await queue.PassUntilAsync(() => first.IsClosed, "the session to end");
        TimeSpan passed = await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "the next session");

        Assert.Equal(["t1"], queue.Script.StartedIds);
        Assert.Equal([new Ack(tag)], first.Settlements);
        Assert.Equal(queue.Queue + ".failed", Assert.Single(queue.Copies).RoutingKey);
        // The second look.
        Assert.True(passed >= TimeSpan.FromSeconds(1.9), $"after only {passed}");
    }

    [Fact]
    public async Task A_halt_is_told_once_and_is_no_failure_of_the_session()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Halting, TaskProcessingJobResult.Fail);
        string failed = queue.Queue + ".failed";
        FakeChannel first = queue.Channel;
        await queue.DeliverAsync();
        queue.Broker.Holds(failed, messages: 1);
        await queue.PassUntilAsync(() => first.IsClosed, "the session to end");
        await queue.PassAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
        int looks = 0;
        queue.Broker.Holds(failed, messages: 0);
        queue.Broker.On<CountMessages>(count => count.Queue == failed).Does((_, _, _) =>
        {
            looks++;
            return Task.CompletedTask;
        });

        await queue.PassUntilAsync(() => looks == 2, "two looks");
        // No time passes.
        await queue.UntilSubscribedAsync(2);

        Assert.Single(queue.Warnings, warning => warning.Contains("is halted", StringComparison.Ordinal));
        Assert.DoesNotContain(queue.Warnings, warning => warning.Contains("Consuming", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_another_node_has_parked_is_seen_before_the_first_task_of_a_session_starts()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Halting);
        FakeChannel first = queue.Channel;
        queue.Broker.Holds(queue.Queue + ".fatal", messages: 1);

        await queue.DeliverAsync("t1");
        await queue.PassUntilAsync(() => first.IsClosed, "the session to end");
        await queue.PassAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));

        Assert.Empty(queue.Script.Started);
        Assert.Empty(first.Settlements);
        Assert.Single(queue.Subscriptions);
        queue.Broker.Holds(queue.Queue + ".fatal", messages: 0);
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "the next session");
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 1, "its acknowledgement");
    }

    [Fact]
    public async Task It_is_looked_at_once_a_session_and_not_for_each_task()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Halting);
        int Looks() => queue.Broker.Asked.Count(asked => asked.Request is CountMessages);
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 1, "its acknowledgement");
        int looks = Looks();

        for (int task = 2; task <= 5; task++)
        {
            await queue.DeliverAsync($"t{task}");
        }

        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 5, "all acknowledgements");
        Assert.Equal(looks, Looks());
    }

    [Fact]
    public async Task A_look_that_finds_nothing_out_ends_the_session_and_the_task_does_not_start()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Halting);
        FakeChannel first = queue.Channel;
        queue.Broker.On<CountMessages>().Times(1).ClosesTheChannel(541, "INTERNAL_ERROR");

        await queue.DeliverAsync();
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");

        Assert.Empty(queue.Script.Started);
        Assert.Empty(first.Settlements);
        Assert.Contains(queue.Warnings, warning => warning.Contains("could not be found out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_understood_does_not_halt_it()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Halting);

        await queue.DeliverAsync("t1", type: "Unheard");
        await queue.DeliverAsync("t2");
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 2, "both acknowledgements");

        Assert.Equal(["t2"], queue.Script.StartedIds);
        Assert.Single(queue.Subscriptions);
    }
}

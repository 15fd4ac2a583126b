using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>When a concurrent queue is read ahead of what runs.</summary>
public sealed class ReadAheadTests
{
    [Fact]
    public async Task It_begins_with_one_and_asks_for_more_with_the_first_delivery()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        for (int task = 1; task <= 5; task++)
        {
            await queue.DeliverAsync($"t{task}");
        }

        await QueueHarness.UntilAsync(() => queue.Script.Started.Count == 5, "all to run");
        await QueueHarness.UntilAsync(() => queue.Channel.Asked.Any(asked => asked is Cancel), "the former consumer to be cancelled");

        // The prefetch of a consumer cannot be changed: another takes its place, and only then does the former go.
        List<Request> asked = [.. queue.Channel.Asked.Where(asked => asked is Qos or Consume or Cancel)];
        Consume narrow = Assert.IsType<Consume>(asked[1]);
        Consume wide = Assert.IsType<Consume>(asked[3]);
        Assert.Equal([new Qos(1), narrow, new Qos(10), wide, new Cancel(narrow.ConsumerTag)], asked);
    }

    [Fact]
    public async Task A_task_that_has_come_back_often_is_run_alone_and_the_next_asks_for_more()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        await queue.DeliverAsync("suspect", redelivered: true, headers: ("x-delivery-count", 5L));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 1, "its end");
        Assert.Equal([new Qos(1)], queue.Channel.Asked.Where(asked => asked is Qos));

        await queue.DeliverAsync("innocent", redelivered: true, headers: ("x-delivery-count", 4L));
        await QueueHarness.UntilAsync(() => queue.Script.Started.Count == 2, "the other to run");

        Assert.Equal([new Qos(1), new Qos(10)], queue.Channel.Asked.Where(asked => asked is Qos));
    }

    [Fact]
    public async Task Each_session_begins_with_one_again()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        for (int session = 1; session <= 3; session++)
        {
            await queue.UntilSubscribedAsync(session);
            await QueueHarness.UntilAsync(() => queue.Channel.Asked.Last() is Consume, "the subscription");
            Assert.Equal([new Qos(1)], queue.Channel.Asked.Where(asked => asked is Qos));
            await queue.DeliverAsync($"t{session}");
            await QueueHarness.UntilAsync(() => queue.Script.Started.Count == session, "it to run");
            Assert.Contains(new Qos(10), queue.Channel.Asked);

            await queue.Channel.CloseByBrokerAsync(541, "INTERNAL_ERROR");
            await queue.PassUntilAsync(() => queue.Subscriptions.Count > session, "another session");
        }
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_to_it_costs_the_task_nothing_but_time()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        Rule silence = queue.Broker.On<Qos>(qos => qos.Prefetch > 1).IsNeverAnswered();
        ulong tag = await queue.DeliverAsync();
        await silence.Asked;

        await queue.PassUntilAsync(() => queue.Channel.Settlements.Count == 1, "the acknowledgement", TimeSpan.FromSeconds(1));

        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
    }
}

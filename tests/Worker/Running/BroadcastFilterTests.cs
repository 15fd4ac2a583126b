using System.Text;
using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>A broadcast that leaves its sender out; the node of these tests is n1.</summary>
public sealed class BroadcastFilterTests
{
    public static TheoryData<object?> OfOthers { get; } = ["n2"u8.ToArray(), "N1"u8.ToArray(), "n11"u8.ToArray(), "n"u8.ToArray(), Array.Empty<byte>(), "n2", 1, null];

    [Fact]
    public async Task A_broadcast_of_the_node_itself_is_acknowledged_and_neither_run_nor_told_as_a_failure()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.BroadcastFromOthers);

        ulong own = await queue.DeliverAsync(headers: ("bq-sent-by", "n1"u8.ToArray()));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "it to be acknowledged");
        ulong others = await queue.DeliverAsync("task-2", headers: ("bq-sent-by", "n2"u8.ToArray()));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 1, "the other to be acknowledged");
        await queue.StopAsync();

        Assert.Equal([new Ack(own), new Ack(others)], queue.Channel.Settlements);
        Assert.Equal(["task-2"], queue.Script.StartedIds);
        Assert.Empty(queue.Warnings);
    }

    [Fact]
    public async Task The_sender_need_not_understand_its_own_broadcast()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.BroadcastFromOthers);

        await queue.DeliverAsync(type: "Unheard", headers: ("bq-sent-by", "n1"u8.ToArray()));
        await queue.DeliverAsync("task-2", body: "{ not json", headers: ("bq-sent-by", "n1"u8.ToArray()));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 1, "both to be acknowledged");

        Assert.Empty(queue.Warnings);
    }

    [Theory]
    [MemberData(nameof(OfOthers))]
    public async Task What_another_sent_or_nobody_says_to_have_sent_is_run(object? sender)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.BroadcastFromOthers);

        await queue.DeliverAsync(headers: ("bq-sent-by", sender));

        await QueueHarness.UntilAsync(() => queue.Script.Started.Count == 1, "it to run");
    }

    [Fact]
    public async Task Without_the_filter_and_on_other_kinds_a_node_runs_what_it_sent_itself()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);

        await queue.DeliverAsync(headers: ("bq-sent-by", "n1"u8.ToArray()));

        await QueueHarness.UntilAsync(() => queue.Script.Started.Count == 1, "it to run");
    }

    [Fact]
    public async Task A_redelivered_broadcast_of_the_node_itself_is_left_out_again()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.BroadcastFromOthers);

        await queue.DeliverAsync(redelivered: true, headers: ("bq-sent-by", Encoding.UTF8.GetString("n1"u8)));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "it to be acknowledged");

        Assert.Empty(queue.Script.Started);
    }
}

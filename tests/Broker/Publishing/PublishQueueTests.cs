using BrokerQueues.Broker.Publishing;
using FsCheck;
using FsCheck.Fluent;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

public sealed class PublishQueueTests
{
    private static PendingPublish Publish(string id) =>
        new(new OutboundMessage("orders", "orders", Mandatory: true, new BasicProperties { MessageId = id }, default));

    [Fact]
    public async Task A_reader_waits_for_the_next_and_ends_with_the_queue()
    {
        var queue = new PublishQueue();
        ValueTask<bool> waiting = queue.WaitAsync(CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        Assert.True(queue.TryAdd(Publish("a")));
        Assert.True(await waiting);

        queue.Complete();
        Assert.True(await queue.WaitAsync(CancellationToken.None));
        Assert.True(queue.TryTake(out PendingPublish? first));
        Assert.Equal("a", first.Message.Properties.MessageId!);
        Assert.False(await queue.WaitAsync(CancellationToken.None));
        Assert.False(queue.TryAdd(Publish("b")));
    }

    [Fact]
    public async Task A_reader_gives_up_when_told_to()
    {
        using var stopping = new CancellationTokenSource();
        ValueTask<bool> waiting = new PublishQueue().WaitAsync(stopping.Token);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
    }

    /// <summary>The queue against a list: the order holds whatever leaves from its middle, and what has left is not linked to what stays.</summary>
    [Fact]
    public void Any_sequence_of_adding_taking_and_removing_agrees_with_a_list()
    {
        Prop.ForAll(Gen.Choose(0, 11).ArrayOf(200).ToArbitrary(), steps =>
        {
            var queue = new PublishQueue();
            var list = new List<PendingPublish>();
            var all = new List<PendingPublish>();
            foreach (int step in steps)
            {
                if (step < 5)
                {
                    PendingPublish publish = Publish($"p{all.Count}");
                    Assert.True(queue.TryAdd(publish));
                    list.Add(publish);
                    all.Add(publish);
                }
                else if (step < 7)
                {
                    bool taken = queue.TryTake(out PendingPublish? first);
                    Assert.Equal(list.Count > 0, taken);
                    if (taken)
                    {
                        Assert.Same(list[0], first);
                        list.RemoveAt(0);
                    }
                }
                else if (all.Count > 0)
                {
                    PendingPublish any = all[step * 7 % all.Count];
                    queue.Remove(any);
                    list.Remove(any);
                    Assert.Null(any.Previous);
                    Assert.Null(any.Next);
                }

                Assert.Equal(list.Count, queue.Count);
            }

            foreach (PendingPublish expected in list)
            {
                Assert.True(queue.TryTake(out PendingPublish? first));
                Assert.Same(expected, first);
            }

            Assert.False(queue.TryTake(out _));
        }).QuickCheckThrowOnFailure();
    }
}

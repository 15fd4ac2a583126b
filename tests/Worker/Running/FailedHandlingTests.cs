using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>What fails around a delivery, and not in its processor: it goes back a few times, and is parked then.</summary>
public sealed class FailedHandlingTests
{
    [Theory]
    [InlineData(Kind.Concurrent)]
    [InlineData(Kind.Sequential)]
    public async Task What_cannot_be_handled_goes_back_after_a_moment_and_is_parked_at_the_fifth_time(Kind kind)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind, TaskProcessingJobResult.Fatal);
        for (int delivery = 1; delivery <= 4; delivery++)
        {
            FakeChannel channel = queue.Channel;
            ulong tag = await queue.DeliverBrittleAsync(failures: 1);
            TimeSpan passed = await queue.PassUntilAsync(() => channel.Settlements.Count == delivery || channel.IsClosed, "it to go back");

            Assert.True(passed >= TimeSpan.FromSeconds(1), $"after only {passed}");
            if (kind == Kind.Concurrent)
            {
                Assert.Equal(new Nack(tag, false, Requeue: true), channel.Settlements[^1]);
            }
            else
            {
                // A nack would let later tasks overtake.
                Assert.Empty(channel.Settlements);
                await queue.PassUntilAsync(() => queue.Subscriptions.Count > delivery, "another session");
            }

            Assert.Empty(queue.Copies);
        }

        ulong last = await queue.DeliverBrittleAsync(failures: 1);
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Any(settled => settled is Ack), "its acknowledgement");

        Publish copy = Assert.Single(queue.Copies);
        Assert.Equal((queue.Queue, queue.Queue + ".failed"), (copy.Exchange, copy.RoutingKey));
        Assert.Contains("nobody foresaw it", (string)copy.Properties.Headers!["bq-error-message"]!, StringComparison.Ordinal);
        Assert.Equal(new Ack(last), queue.Channel.Settlements[^1]);
    }

    [Fact]
    public async Task What_can_be_neither_handled_nor_parked_is_left_to_the_broker_to_dead_letter()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Fatal);

        // It has come back so often that it is not tried again.
        ulong tag = await queue.DeliverBrittleAsync(failures: 2, redelivered: true, headers: ("x-delivery-count", 9L));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "the settlement");
        await queue.StopAsync();

        Assert.Equal([new Reject(tag, Requeue: false)], queue.Channel.Settlements);
        Assert.Empty(queue.Copies);
    }

    [Fact]
    public async Task What_is_handled_after_all_is_counted_anew()
    {
        TaskProcessingJobResult result = TaskProcessingJobResult.Fatal;
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, (_, _) => Task.FromResult(result));
        for (int round = 1; round <= 2; round++)
        {
            for (int failure = 1; failure <= 4; failure++)
            {
                int settled = queue.Channel.Settlements.Count;
                await queue.DeliverBrittleAsync(failures: 1);
                await queue.PassUntilAsync(() => queue.Channel.Settlements.Count > settled, "it to go back");
            }

            result = TaskProcessingJobResult.Complete;
            await queue.DeliverAsync();
            await queue.PassUntilAsync(() => queue.Channel.Acknowledged.Count == round, "its acknowledgement");
            result = TaskProcessingJobResult.Fatal;
        }

        Assert.Empty(queue.Copies);
    }
}

using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>A publisher that is disposed of while callers wait.</summary>
public sealed class PublisherStopTests
{
    [Fact]
    public async Task Whoever_waits_is_told_at_once_and_whether_his_message_may_have_arrived()
    {
        await using var publisher = new PublisherHarness(maxOutstandingConfirms: 1);
        Task[] sent = await publisher.PublishAndSendAsync("1");
        Task[] waiting = [publisher.PublishAsync("2"), publisher.PublishAsync("3")];
        publisher.Broker.On<CloseChannel>().IsNeverAnswered();

        // No time passes, though the broker answers nothing.
        await publisher.Publisher.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        Assert.True((await FailsAsync(sent[0])).MayHaveArrived);
        Assert.All(await Task.WhenAll(waiting.Select(FailsAsync)), failed => Assert.False(failed.MayHaveArrived));
        Assert.Equal("1", publisher.Sent);
    }

    [Fact]
    public async Task Nothing_is_published_any_more()
    {
        await using var publisher = new PublisherHarness();
        await publisher.PublishAndSendAsync("1");
        await publisher.Publisher.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => publisher.PublishAsync("2"));

        Assert.Equal("1", publisher.Sent);
    }

    // Between the two halves of disposing the loop once sent what was unconfirmed over one channel after the other.
    [Fact]
    public async Task What_is_unconfirmed_is_not_sent_again_once_nothing_more_can_come()
    {
        await using var harness = new PublisherHarness();
        var queue = new PublishQueue();
        var writer = new PublishWriter(harness.Connections.Publishing, queue, 10, new BrokerNames(""), harness.Time, NullLogger.Instance);
        using var stopping = new CancellationTokenSource();
        var publish = new PendingPublish(PublisherHarness.Message("1"));
        queue.TryAdd(publish);
        Task writing = writer.RunAsync(stopping.Token);
        await harness.UntilSentAsync("1");

        queue.Complete();
        await harness.PassUntilAsync(writing, "the loop to end");

        Assert.Equal("1", harness.Sent);
        Assert.Same(publish, Assert.Single(writer.TakeUnconfirmed()));
    }

    [Fact]
    public async Task What_was_to_be_sent_again_is_told_as_well()
    {
        await using var publisher = new PublisherHarness();
        Task[] publishes = await publisher.PublishAndSendAsync("1", "2");
        Rule opening = publisher.Broker.On<OpenChannel>((channel, _) => channel.Confirms).IsNeverAnswered();
        await publisher.Channels[0].CloseByBrokerAsync(320, "CONNECTION_FORCED - closed by an operator");
        await opening.Asked.WaitAsync(Eventually.Deadline);

        await publisher.Publisher.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        Assert.All(await Task.WhenAll(publishes.Select(FailsAsync)), failed => Assert.True(failed.MayHaveArrived));
    }

    [Fact]
    public async Task A_write_that_obeys_no_token_is_waited_for_some_seconds_and_no_longer()
    {
        await using var publisher = new PublisherHarness();
        var never = new TaskCompletionSource();
        publisher.Broker.On<Publish>().Does((_, _, _) => never.Task);
        await publisher.PublishAndSendAsync("1");

        Task disposing = publisher.Publisher.DisposeAsync().AsTask();

        TimeSpan took = await publisher.PassUntilAsync(() => disposing.IsCompletedSuccessfully, "the publisher to be disposed");
        Assert.InRange(took, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10));
        never.SetResult();
    }

    private static async Task<PublishFailedException> FailsAsync(Task publish)
    {
        PublishFailedException failed = await Assert.ThrowsAsync<PublishFailedException>(() => publish.WaitAsync(Eventually.Deadline));
        Assert.Equal(PublishFailure.Disposed, failed.Failure);
        return failed;
    }
}

using System.Diagnostics;
using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class PublishingTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_publish_into_a_black_hole_fails_after_the_timeout_and_names_the_broker(bool hasPublishedBefore)
    {
        await using var scene = new Scene();
        (await scene.StartAsync("declares")).Kill();
        await using var proxy = new TcpProxy(scene.Broker);
        await using var publisher = new Publisher(proxy.Uri, scene.Prefix, options => options.PublishTimeout = s_timeout);
        // The connection is there; of the queue it may not know yet.
        await PublishPatientlyAsync(publisher, hasPublishedBefore ? Queues.Concurrent : Queues.Sequential);

        proxy.Freeze();
        long began = Stopwatch.GetTimestamp();
        BrokerUnavailableException failure = await Assert.ThrowsAsync<BrokerUnavailableException>(
            () => publisher.Tasks.AddTaskAsync(Queues.Concurrent, Queues.Do, new NumberedTask()));
        TimeSpan took = Stopwatch.GetElapsedTime(began);

        output.WriteLine($"failed after {took.TotalMilliseconds:0} ms: {failure.Message}");
        Assert.True(took >= s_timeout - TimeSpan.FromMilliseconds(20), $"failed after {took}");
        Assert.Contains($"the connection to {proxy.Uri.Host}:{proxy.Uri.Port}, virtual host '/', user 'guest' is open, but no answer", failure.Message, StringComparison.Ordinal);
        // Where the queue is not known yet, the question for it is what remains unanswered.
        Assert.Contains(hasPublishedBefore ? "It may have arrived all the same." : "It was never sent.", failure.Message, StringComparison.Ordinal);
        proxy.Thaw();
    }

    [Fact]
    public async Task A_publish_that_finds_no_broker_at_all_fails_after_the_timeout_and_names_it()
    {
        await using var proxy = new TcpProxy(new Uri("amqp://guest:guest@127.0.0.1:1/"));
        await using var publisher = new Publisher(proxy.Uri, "", options => options.PublishTimeout = s_timeout);

        long began = Stopwatch.GetTimestamp();
        BrokerUnavailableException failure = await Assert.ThrowsAsync<BrokerUnavailableException>(() => publisher.Tasks.AddTaskAsync(Queues.Concurrent, Queues.Do));
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        Assert.True(took >= s_timeout - TimeSpan.FromMilliseconds(20), $"failed after {took}");
        Assert.Contains($"{proxy.Uri.Host}:{proxy.Uri.Port}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_publish_that_never_reached_the_broker_is_confirmed_once_it_is_sent_again(bool hasPublishedBefore)
    {
        await using var scene = new Scene();
        (await scene.StartAsync("declares")).Kill();
        await using var proxy = new TcpProxy(scene.Broker);
        await using var publisher = new Publisher(proxy.Uri, scene.Prefix, options => options.PublishTimeout = Eventually.Deadline);
        await publisher.Tasks.AddTaskAsync(hasPublishedBefore ? Queues.Concurrent : Queues.Sequential, Queues.Do);

        proxy.Freeze();
        Task<TaskId> publish = publisher.Tasks.AddTaskAsync(Queues.Concurrent, Queues.Do, new NumberedTask());
        await Eventually.TrueAsync(() => proxy.HoldsBack, "the publish, or the question for its queue, is held back");
        Assert.False(publish.IsCompleted);
        proxy.Reset();
        proxy.Thaw();
        TaskId id = await publish;

        await using RawClient client = await RawClient.ConnectAsync(scene.Broker);
        List<string?> ids = await TakeAllAsync(client, scene.Prefix + Queues.Concurrent);
        Assert.Equal(1, ids.Count(stored => stored == id.Value));
    }

    [Fact]
    public async Task Publishes_whose_confirms_were_lost_are_confirmed_once_they_are_sent_again_under_the_same_ids()
    {
        const int Count = 50;
        await using var scene = new Scene();
        (await scene.StartAsync("declares")).Kill();
        await using var proxy = new TcpProxy(scene.Broker);
        await using var publisher = new Publisher(proxy.Uri, scene.Prefix, options => options.PublishTimeout = Eventually.Deadline);
        TaskId before = await publisher.Tasks.AddTaskAsync(Queues.Concurrent, Queues.Do);

        proxy.Freeze(onlyAnswers: true);
        Task<IReadOnlyList<TaskId>> publishes = publisher.Tasks.AddTasksAsync(
            Enumerable.Range(0, Count).Select(seq => new NewTask(Queues.Concurrent, Queues.Do, new NumberedTask { Seq = seq })));
        await using RawClient client = await RawClient.ConnectAsync(scene.Broker);
        await Eventually.EqualAsync<uint?>(Count + 1, () => client.CountAsync(scene.Prefix + Queues.Concurrent), "the broker has them all");
        Assert.False(publishes.IsCompleted);
        proxy.Reset();
        proxy.Thaw();
        IReadOnlyList<TaskId> ids = await publishes;

        List<string?> stored = await TakeAllAsync(client, scene.Prefix + Queues.Concurrent);
        output.WriteLine($"{stored.Count - 1} messages for {Count} tasks whose confirms were lost");
        Assert.Equal(ids.Select(id => id.Value).Append(before.Value).Order(StringComparer.Ordinal), stored.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.InRange(stored.Count, Count + 1, (2 * Count) + 1);
    }

    /// <summary>With a timeout of seconds the first publish, which connects, may be too slow on a busy machine.</summary>
    private static Task PublishPatientlyAsync(Publisher publisher, string queue) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await publisher.Tasks.AddTaskAsync(queue, Queues.Do);
                return true;
            }
            catch (BrokerUnavailableException)
            {
                return false;
            }
        },
        "the connection is there");

    private static async Task<List<string?>> TakeAllAsync(RawClient client, string queue)
    {
        var ids = new List<string?>();
        while (await client.TakeAsync(queue) is { } message)
        {
            ids.Add(message.Properties.MessageId);
        }

        return ids;
    }
}

using BrokerQueues.Broker;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>How a queue is kept consumed.</summary>
public sealed class SubscribingTests
{
    [Theory]
    [InlineData(Kind.Concurrent, 1)]
    [InlineData(Kind.Sequential, 1)]
    [InlineData(Kind.SequentialAhead, 3)]
    [InlineData(Kind.Broadcast, 4)]
    public async Task A_session_sets_its_first_prefetch_and_then_subscribes(Kind kind, ushort prefetch)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind);

        Assert.IsType<OpenChannel>(queue.Channel.Asked.First());
        Assert.Equal(new Qos(prefetch), queue.Channel.Asked.ElementAt(1));
        Assert.IsType<Consume>(queue.Channel.Asked.ElementAt(2));
        Assert.Equal(3, queue.Channel.Asked.Count);
    }

    [Fact]
    public async Task A_queue_that_is_not_there_is_declared_and_bound_and_then_consumed()
    {
        await using var queue = new QueueHarness(Kind.Concurrent);
        queue.Broker.On<Consume>().Times(1).Does((channel, _, _) =>
        {
            queue.Broker.On<LookFor>(look => look == new LookFor("queue", queue.Queue)).Times(1).ClosesTheChannel(404, $"NOT_FOUND - no queue '{queue.Queue}'");
            return channel.CloseByBrokerAsync(404, $"NOT_FOUND - no queue '{queue.Queue}'");
        });

        await queue.StartAsync();

        List<Request> since = [.. queue.Broker.Asked.Select(asked => asked.Request).SkipWhile(request => request is not Consume).Skip(1)];
        int declared = since.IndexOf(new Declaration("queue", queue.Queue));
        int bound = since.IndexOf(new Bind(queue.Queue, queue.Queue, queue.Queue));
        int consumed = since.FindIndex(request => request is Consume);
        Assert.True(declared >= 0 && declared < bound && bound < consumed, $"declared {declared}, bound {bound}, consumed {consumed}");
    }

    [Fact]
    public async Task A_queue_that_may_not_be_read_ends_the_start_and_says_which_permission_is_missing()
    {
        await using var queue = new QueueHarness(Kind.Concurrent);
        queue.Broker.On<Consume>().ClosesTheChannel(403, $"ACCESS_REFUSED - read access to queue '{queue.Queue}' in vhost '/' refused for user 'guest'");

        BrokerPermissionException refused = await Assert.ThrowsAsync<BrokerPermissionException>(queue.StartAsync);

        Assert.Contains(queue.Queue, refused.Message, StringComparison.Ordinal);
        Assert.Single(queue.Subscriptions);
    }

    [Fact]
    public async Task A_queue_that_may_no_longer_be_read_is_tried_until_it_may()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        Rule refusal = queue.Broker.On<Consume>().ClosesTheChannel(403, $"ACCESS_REFUSED - read access to queue '{queue.Queue}' in vhost '/' refused for user 'guest'");
        await queue.Channel.CloseByBrokerAsync(541, "INTERNAL_ERROR");

        await queue.PassUntilAsync(() => refusal.Count >= 3, "three attempts");
        refusal.Remove();
        await queue.PassUntilAsync(() => queue.Channel.Asked.Last() is Consume && queue.Channel.IsOpen, "a subscription");
        await queue.DeliverAsync();

        await QueueHarness.UntilAsync(() => queue.Script.Started.Count == 1, "the task to start");
    }

    [Fact]
    public async Task Sessions_that_end_soon_are_followed_by_growing_pauses()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Sequential);
        const int Sessions = 7;
        TimeSpan passed = TimeSpan.Zero;
        for (int session = 1; session <= Sessions; session++)
        {
            await queue.Channel.CloseByBrokerAsync(541, "INTERNAL_ERROR");
            passed += await queue.PassUntilAsync(() => queue.Subscriptions.Count > session, "another session");
        }

        // With jitter a single pause may be short; together they come to at least 2^6 / 1.4 times the first, 100 ms.
        Assert.True(passed > TimeSpan.FromSeconds(4), $"only {passed}");
        Assert.Equal(Sessions, queue.Warnings.Count(warning => warning.Contains("541", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_session_that_was_healthy_is_followed_by_another_at_once()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Sequential);
        queue.Time.Advance(TimeSpan.FromSeconds(10));

        await queue.Channel.CloseByBrokerAsync(541, "INTERNAL_ERROR");

        // No time passes.
        await queue.UntilSubscribedAsync(2);
    }

    [Theory]
    [InlineData(Kind.Concurrent)]
    [InlineData(Kind.Sequential)]
    public async Task An_idle_session_is_renewed_without_a_pause_and_without_a_warning(Kind kind)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind);
        FakeChannel first = queue.Channel;

        TimeSpan passed = await queue.PassUntilAsync(() => first.IsClosed, "the first session to end", TimeSpan.FromSeconds(1));
        await queue.UntilSubscribedAsync(2);

        Assert.True(passed > QueueHarness.Heartbeat * 6, $"after only {passed}");
        Assert.Empty(queue.Warnings);
        Assert.True(queue.Channel.IsOpen);
    }

    // Its queue goes with its connection or, where no node listens, what is sent in between is lost.
    [Fact]
    public async Task An_idle_broadcast_is_not_renewed()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Broadcast);
        int Looks() => queue.Broker.Asked.Count(asked => asked.Request is LookFor look && look.Name.StartsWith(queue.Queue + "@", StringComparison.Ordinal));

        await queue.PassUntilAsync(() => Looks() >= 10, "ten looks, one a heartbeat", TimeSpan.FromSeconds(1));

        Assert.Single(queue.Subscriptions);
        Assert.True(queue.Channel.IsOpen);
    }

    [Fact]
    public async Task A_lost_connection_is_followed_by_a_session_over_the_next()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        FakeConnection first = queue.Consuming;

        await first.LoseAsync();
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");

        Assert.NotSame(first, queue.Channel.Connection);
        await queue.DeliverAsync();
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count == 1, "the acknowledgement");
    }

    [Fact]
    public async Task A_subscription_that_is_not_answered_is_asked_again_on_another_channel()
    {
        await using var queue = new QueueHarness(Kind.Concurrent);
        Rule silence = queue.Broker.On<Consume>(consume => consume.Priority is null).Times(1).IsNeverAnswered();
        Task starting = queue.StartAsync();
        await silence.Asked;

        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another attempt", TimeSpan.FromSeconds(1));

        await starting;
        Assert.NotSame(queue.Subscriptions[0], queue.Subscriptions[1]);
    }

    // The broker cancels the consumers of a queue that is deleted: what stands there now has lost its bindings.
    [Fact]
    public async Task A_consumer_that_the_broker_takes_away_has_its_bindings_made_again_before_the_next()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);
        int before = queue.Broker.Asked.Count;

        await queue.Channel.CancelByBrokerAsync();
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");

        List<Request> since = [.. queue.Broker.Asked.Skip(before).Select(asked => asked.Request)];
        int bound = since.IndexOf(new Bind(queue.Queue, queue.Queue, queue.Queue));
        Assert.True(bound >= 0 && bound < since.FindIndex(request => request is Consume), string.Join('\n', since));
    }

    [Fact]
    public async Task A_node_that_stops_closes_its_session_and_subscribes_no_more()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);

        await queue.StopAsync();

        Assert.Single(queue.Subscriptions);
        Assert.IsType<CloseChannel>(queue.Channel.Asked.Last());
        Assert.Empty(queue.Warnings);
    }

    [Fact]
    public async Task A_node_that_stops_while_it_cannot_subscribe_stops()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Sequential);
        Rule refusal = queue.Broker.On<Consume>().ClosesTheChannel(541, "INTERNAL_ERROR");
        await queue.Channel.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        await queue.PassUntilAsync(() => refusal.Count >= 2, "attempts");

        await queue.StopAsync();
    }
}

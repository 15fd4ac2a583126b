using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>A task goes on elsewhere as a copy, and its original is acknowledged only when the copy is safe.</summary>
public sealed class CopyTests
{
    [Fact]
    public async Task The_original_is_not_settled_before_the_broker_has_confirmed_the_copy()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Fatal);
        Rule held = queue.Broker.On<Publish>().IsHeld();

        await queue.DeliverAsync();
        await held.Asked;
        Assert.Empty(queue.Channel.Settlements);
        held.Release();

        await SettledAsync(queue);
        Assert.Equal([new Ack(1)], queue.Channel.Settlements);
    }

    [Theory]
    [InlineData(Confirmation.Nack)]
    [InlineData(Confirmation.None)]
    public async Task A_copy_that_the_broker_does_not_take_is_tried_again_and_leaves_the_original_unsettled(Confirmation answer)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Fatal);
        queue.Broker.Confirms = _ => answer;
        await queue.DeliverAsync();

        await queue.PassUntilAsync(() => queue.Copies.Count >= 3, "three attempts", TimeSpan.FromMilliseconds(500));
        Assert.Empty(queue.Channel.Settlements);
        queue.Broker.Confirms = _ => Confirmation.Ack;

        await queue.PassUntilAsync(() => queue.Channel.Settlements.Count > 0, "the settlement", TimeSpan.FromMilliseconds(500));
        Assert.Equal([new Ack(1)], queue.Channel.Settlements);
        Assert.Single(queue.Script.Started);
        Assert.Contains(queue.Warnings, warning => warning.Contains("stays unsettled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_copy_that_the_broker_refuses_is_tried_three_times_more_and_then_the_original_is_rejected()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Fatal);
        // The account may not look at the exchange, so that each copy fails by itself.
        Rule refusal = queue.Broker.On<LookFor>(look => look == new LookFor("exchange", queue.Queue)).ClosesTheChannel(403, "ACCESS_REFUSED - write access refused");

        await queue.DeliverAsync();
        await queue.PassUntilAsync(() => queue.Channel.Settlements.Count > 0, "the settlement");

        Assert.Equal([new Reject(1, Requeue: false)], queue.Channel.Settlements);
        Assert.Equal(4, refusal.Count);
        Assert.Empty(queue.Copies);
        Assert.Contains(queue.Warnings, warning => warning.Contains("dead-letters it instead", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_place_to_park_that_is_missing_is_declared_and_bound_and_the_copy_sent_there()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Fatal);
        string parking = queue.Queue + ".fatal";
        bool stands = false;
        queue.Broker.Confirms = _ => stands ? Confirmation.Ack : Confirmation.Return;
        queue.Broker.On<LookFor>(look => !stands && look == new LookFor("queue", parking)).ClosesTheChannel(404, "NOT_FOUND");
        queue.Broker.On<Bind>(bind => bind.Destination == parking).Does((_, _, _) =>
        {
            stands = true;
            return Task.CompletedTask;
        });
        int before = queue.Broker.Asked.Count;

        await queue.DeliverAsync();
        await queue.PassUntilAsync(() => queue.Channel.Settlements.Count > 0, "the settlement");

        List<Request> since = [.. queue.Broker.Asked.Skip(before).Select(asked => asked.Request)];
        Assert.Contains(new Declaration("queue", parking), since);
        Assert.Equal([parking, parking], queue.Copies.Select(copy => copy.RoutingKey));
        Assert.Equal([new Ack(1)], queue.Channel.Settlements);
        // Not over the connection that the tasks run on: a broker that cannot write its metadata closes it.
        Assert.All(
            queue.Broker.Asked.Skip(before).Where(asked => asked.Request is Declaration or Bind),
            asked => Assert.Contains("publishing", asked.Channel.Connection.ClientProvidedName, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_copy_is_given_up_with_its_session_and_the_original_stays_unsettled()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Fatal);
        FakeChannel first = queue.Channel;
        queue.Broker.Confirms = _ => Confirmation.Nack;
        await queue.DeliverAsync();
        await queue.PassUntilAsync(() => queue.Copies.Count >= 2, "attempts");

        await first.CloseByBrokerAsync(541, "INTERNAL_ERROR");
        await queue.UntilWarnedAsync("the channel it came on is gone");
        await queue.StopAsync();

        Assert.Empty(first.Settlements);
    }

    [Fact]
    public async Task A_session_that_ends_while_its_copy_is_confirmed_leaves_two_and_not_none()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Fatal);
        FakeChannel first = queue.Channel;
        queue.Broker.On<Publish>().Does((_, _, _) => first.CloseByBrokerAsync(541, "INTERNAL_ERROR"));

        await queue.DeliverAsync();
        await queue.UntilWarnedAsync("the channel it came on is gone");
        await queue.StopAsync();

        Assert.Single(queue.Copies);
        Assert.Empty(first.Settlements);
    }

    [Fact]
    public async Task A_node_that_stops_does_not_cut_a_copy_off_from_its_acknowledgement()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Fatal);
        Rule held = queue.Broker.On<Publish>().IsHeld();
        ulong tag = await queue.DeliverAsync();
        await held.Asked;

        Rule cancelling = queue.Broker.On<Cancel>().Times(1).IsHeld();
        Task stopping = queue.BeginStop();
        await cancelling.Asked;
        cancelling.Release();
        // Past both grace periods, of 10 s each, but not past what was left of the 3 s for asking for no more.
        await queue.PassAsync(TimeSpan.FromSeconds(21));
        Assert.False(stopping.IsCompleted);
        held.Release();
        await queue.StopAsync();

        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
    }

    private static Task SettledAsync(QueueHarness queue) => QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "a settlement");
}

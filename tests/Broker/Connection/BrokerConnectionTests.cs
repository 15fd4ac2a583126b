using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Connection;

/// <summary>One connection from its opening to its end: lost, blocked, given up, disposed of.</summary>
public sealed class BrokerConnectionTests
{
    [Fact]
    public async Task It_is_made_when_it_is_first_asked_for_and_then_the_same_for_all()
    {
        await using var harness = new ConnectionHarness();
        await harness.PassAMomentAsync();
        Assert.Empty(harness.Attempts);

        IConnection first = await harness.ConnectAsync();

        Assert.Same(first, await harness.ConnectAsync());
        Assert.Single(harness.Attempts);
    }

    [Fact]
    public async Task It_lives_on_without_the_context_of_whoever_asked_first()
    {
        await using var harness = new ConnectionHarness();
        var ofTheRequest = new AsyncLocal<string?>();
        var seen = new List<string?>();
        harness.Answers = (_, _) =>
        {
            seen.Add(ofTheRequest.Value);
            return Task.CompletedTask;
        };
        ofTheRequest.Value = "request 1";

        await (await harness.ConnectAsync()).LoseAsync();
        await harness.PassUntilAsync(() => harness.Broker.Connections.Count == 2, "the next connection");

        Assert.Equal([null, null], seen);
    }

    [Fact]
    public async Task A_client_that_blocks_as_it_closes_does_not_hold_up_whoever_disposes_of_it()
    {
        await using var harness = new ConnectionHarness();
        await harness.ConnectAsync();
        using var blocked = new ManualResetEventSlim();
        harness.Broker.Closes = _ =>
        {
            blocked.Wait();
            return Task.CompletedTask;
        };

        Task disposing = Task.Run(() => harness.Connection.DisposeAsync().AsTask());
        await harness.PassUntilAsync(() => disposing.IsCompleted, "the connection to be disposed of");
        await disposing;
        blocked.Set();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_connection_is_made_again_and_whoever_asks_meanwhile_gets_the_next(bool byTheBroker)
    {
        await using var harness = new ConnectionHarness();
        FakeConnection first = await harness.ConnectAsync();
        var held = new TaskCompletionSource();
        harness.Answers = (_, _) => held.Task;
        await (byTheBroker ? first.CloseByBrokerAsync(320, "CONNECTION_FORCED") : first.LoseAsync());
        await harness.PassUntilAsync(() => harness.Attempts.Count == 2, "the next attempt");
        Task<IConnection> asked = harness.Connection.GetAsync(CancellationToken.None);
        await harness.PassAMomentAsync();
        Assert.False(asked.IsCompleted);
        Assert.Equal(BrokerConnectionState.Connecting, harness.Connection.GetStatus().State);
        Assert.Contains("was lost", harness.Connection.GetStatus().Reason, StringComparison.Ordinal);

        held.SetResult();

        FakeConnection second = await harness.ConnectAsync();
        Assert.NotSame(first, second);
        Assert.Same(second, await asked.WaitAsync(Eventually.Deadline));
        Assert.Equal(BrokerConnectionState.Open, harness.Connection.GetStatus().State);
    }

    [Fact]
    public async Task A_connection_that_was_lost_before_anybody_watched_it_is_made_again()
    {
        await using var harness = new ConnectionHarness();
        // The round trip that ends each attempt is answered, and with it the link breaks.
        harness.Broker.On<CloseChannel>().Times(1).LosesTheConnection();

        await harness.ConnectAsync();
        await harness.PassUntilAsync(() => harness.Broker.Connections.Count == 2 && harness.Broker.Connections[1].IsOpen, "the next connection");

        Assert.Same(harness.Broker.Connections[1], await harness.ConnectAsync());
    }

    [Fact]
    public async Task An_alarm_is_known_until_it_is_over()
    {
        await using var harness = new ConnectionHarness();
        FakeConnection open = await harness.ConnectAsync();
        Assert.True(harness.Connection.WhenUnblockedAsync(CancellationToken.None).IsCompletedSuccessfully);

        await open.BlockAsync("low on memory");

        Assert.Equal("low on memory", harness.Connection.BlockedReason);
        Assert.Equal((BrokerConnectionState.Blocked, "low on memory"), (harness.Connection.GetStatus().State, harness.Connection.GetStatus().Reason));
        Task unblocked = harness.Connection.WhenUnblockedAsync(CancellationToken.None);
        Assert.False(unblocked.IsCompleted);

        await open.UnblockAsync();

        await unblocked.WaitAsync(Eventually.Deadline);
        Assert.Null(harness.Connection.BlockedReason);
        Assert.Equal(BrokerConnectionState.Open, harness.Connection.GetStatus().State);
    }

    [Fact]
    public async Task An_alarm_ends_with_its_connection_and_what_that_says_late_counts_no_more()
    {
        await using var harness = new ConnectionHarness();
        FakeConnection lost = await harness.ConnectAsync();
        await lost.BlockAsync("low on memory");
        Task unblocked = harness.Connection.WhenUnblockedAsync(CancellationToken.None);
        await lost.LoseAsync();
        await unblocked.WaitAsync(Eventually.Deadline);
        await harness.PassUntilAsync(() => harness.Broker.Connections.Count == 2, "the next connection");
        FakeConnection open = await harness.ConnectAsync();

        await lost.BlockAsync("low on disk");
        Assert.Null(harness.Connection.BlockedReason);

        await open.BlockAsync("low on memory");
        await lost.UnblockAsync();
        Assert.Equal("low on memory", harness.Connection.BlockedReason);
    }

    [Fact]
    public async Task One_that_is_given_up_counts_as_lost_at_once_and_the_next_is_made()
    {
        await using var harness = new ConnectionHarness();
        FakeConnection silent = await harness.ConnectAsync();
        var held = new TaskCompletionSource();
        harness.Answers = (_, _) => held.Task;

        harness.Connection.GiveUp(silent, TimeSpan.FromSeconds(17.5));

        Assert.Equal(BrokerConnectionState.Connecting, harness.Connection.GetStatus().State);
        Assert.Contains("did not answer over the connection to 127.0.0.1:5672, virtual host '/', user 'shop' for 17.5 s", harness.Connection.GetStatus().Reason, StringComparison.Ordinal);
        await harness.PassUntilAsync(() => harness.Attempts.Count == 2, "the next attempt");
        Assert.Contains("did not answer", harness.Connection.GetStatus().Reason, StringComparison.Ordinal); // And not the end that we gave it ourselves.
        held.SetResult();
        Assert.NotSame(silent, await harness.ConnectAsync());
    }

    [Fact]
    public async Task Whoever_asks_for_another_node_gets_it_where_the_question_is_answered_there()
    {
        await using var harness = new ConnectionHarness("127.0.0.1", "127.0.0.2");
        FakeConnection present = await harness.ConnectAsync();
        IConnection? asked = null;

        await harness.Connection.LeaveForAnotherAsync(present, "no majority answers", (other, _) =>
        {
            asked = other;
            return Task.CompletedTask;
        }).WaitAsync(Eventually.Deadline);

        Assert.False(present.IsOpen);
        await harness.PassUntilAsync(() => harness.Broker.Connections.Count == 3, "the next connection");
        FakeConnection next = await harness.ConnectAsync();
        string elsewhere = harness.Attempts[0].Address == "127.0.0.1" ? "127.0.0.2" : "127.0.0.1";
        Assert.Equal(elsewhere, ((FakeConnection)asked!).ClientProvidedName);
        Assert.Equal(elsewhere, next.ClientProvidedName);
        await Eventually.TrueAsync(() => !asked.IsOpen, "the connection that asked to be closed");
    }

    [Fact]
    public async Task The_connection_stays_where_the_question_is_answered_nowhere_else()
    {
        await using var harness = new ConnectionHarness("127.0.0.1", "127.0.0.2");
        FakeConnection present = await harness.ConnectAsync();

        await harness.Connection.LeaveForAnotherAsync(present, "no majority answers", (_, _) => throw new TimeoutException("no answer")).WaitAsync(Eventually.Deadline);

        Assert.True(present.IsOpen);
        Assert.Same(present, await harness.ConnectAsync());
        await Eventually.TrueAsync(() => harness.Broker.Connections.Count(connection => connection.IsOpen) == 1, "the connection that asked to be closed");
    }

    [Fact]
    public async Task Disposing_closes_it_in_order_and_ends_the_wait_for_it()
    {
        await using var harness = new ConnectionHarness();
        FakeConnection open = await harness.ConnectAsync();

        await harness.Connection.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        Assert.Equal(Constants.ReplySuccess, open.CloseReason!.ReplyCode);
        Assert.Equal(BrokerConnectionState.Closed, harness.Connection.GetStatus().State);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => harness.Connection.GetAsync(CancellationToken.None));
        Assert.Single(harness.Attempts);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_to_the_close_is_waited_for_some_seconds_and_no_longer()
    {
        await using var harness = new ConnectionHarness();
        FakeConnection open = await harness.ConnectAsync();
        harness.Broker.Closes = _ => new TaskCompletionSource().Task;

        Task disposing = harness.Connection.DisposeAsync().AsTask();

        TimeSpan took = await harness.PassUntilAsync(() => disposing.IsCompletedSuccessfully, "the connection to be disposed");
        Assert.InRange(took, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(() => !open.IsOpen, "the connection to be left behind");
    }

    [Fact]
    public async Task Disposing_ends_an_attempt_that_is_under_way()
    {
        await using var harness = new ConnectionHarness();
        harness.Answers = (_, token) => ConnectionHarness.IsSilent(token);
        Task<IConnection> connecting = harness.Connection.GetAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => harness.Attempts.Count == 1, "an attempt");

        await harness.Connection.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => connecting);
    }
}

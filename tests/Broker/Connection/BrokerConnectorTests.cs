using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Connection;

/// <summary>Attempts to connect: at which host, with which credentials, how long, and how long after one another.</summary>
public sealed class BrokerConnectorTests
{
    [Fact]
    public async Task A_host_that_refuses_is_passed_over_within_the_same_round()
    {
        await using var harness = new ConnectionHarness("127.0.0.1", "127.0.0.2", "127.0.0.3");
        harness.Answers = (address, _) => address == "127.0.0.2" ? Task.CompletedTask : ConnectionHarness.Refuses();

        // No time passes.
        FakeConnection open = (FakeConnection)await harness.Connection.GetAsync(CancellationToken.None).WaitAsync(Eventually.Deadline);

        Assert.Equal("127.0.0.2", open.ClientProvidedName);
        Assert.InRange(harness.Attempts.Count, 1, 3);
        Assert.Equal(harness.Attempts.Count, harness.Attempts.Select(attempt => attempt.Address).Distinct().Count());
    }

    [Fact]
    public async Task A_host_over_which_the_connection_was_lost_is_tried_last()
    {
        await using var harness = new ConnectionHarness("127.0.0.1", "127.0.0.2", "127.0.0.3");
        for (int round = 1; round <= 10; round++)
        {
            FakeConnection open = await harness.ConnectAsync();
            string lost = open.ClientProvidedName!;
            await harness.PassAMomentAsync(); // Or two would be lost at the same time.
            await open.LoseAsync();
            await harness.PassUntilAsync(() => harness.Attempts.Count > round, "the next attempt");
            Assert.NotEqual(lost, harness.Attempts[round].Address);
            await harness.PassUntilAsync(() => harness.Broker.Connections.Count > round, "the next connection");
        }
    }

    [Fact]
    public async Task One_of_several_hosts_that_is_silent_is_left_after_some_seconds_and_after_that_has_the_time_of_one_alone()
    {
        await using var harness = new ConnectionHarness("127.0.0.1", "127.0.0.2");
        harness.Answers = (_, token) => ConnectionHarness.IsSilent(token);
        harness.Connection.Begin();
        await harness.PassUntilAsync(() => harness.Attempts.Count == 4, "two rounds");

        TimeSpan[] lasted = [.. harness.Attempts.Zip(harness.Attempts.Skip(1), (attempt, next) => next.At - attempt.At)];
        Assert.InRange(lasted[0], TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10));
        Assert.InRange(lasted[2], TimeSpan.FromSeconds(18), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task The_only_host_is_waited_for_20_seconds_and_no_longer_whatever_the_client_does_with_its_token()
    {
        await using var harness = new ConnectionHarness();
        harness.Answers = (_, _) => new TaskCompletionSource().Task;
        harness.Connection.Begin();

        TimeSpan took = await harness.PassUntilAsync(() => harness.Attempts.Count == 2, "the next attempt");

        Assert.InRange(took, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_connection_that_comes_too_late_is_closed()
    {
        await using var harness = new ConnectionHarness();
        var late = new TaskCompletionSource();
        harness.Answers = (_, _) => harness.Attempts.Count == 1 ? late.Task : Task.CompletedTask;
        IConnection open = await harness.ConnectAsync();
        Assert.Single(harness.Broker.Connections);

        late.SetResult();

        await Eventually.TrueAsync(() => harness.Broker.Connections.Count == 2 && !harness.Broker.Connections[1].IsOpen, "the late one to be closed");
        Assert.True(open.IsOpen);
    }

    [Fact]
    public async Task Credentials_are_asked_for_at_each_attempt()
    {
        int asked = 0;
        var credentials = new Rotating(() => new BrokerCredentials("shop", $"password {++asked}"));
        await using var harness = new ConnectionHarness(credentials);
        harness.Answers = (_, _) => harness.Attempts.Count == 1 ? ConnectionHarness.Refuses() : Task.CompletedTask;

        await (await harness.ConnectAsync()).LoseAsync();
        await harness.PassUntilAsync(() => harness.Broker.Connections.Count == 2, "the next connection");

        Assert.Equal(["password 1", "password 2", "password 3"], harness.Attempts.Select(attempt => attempt.Password));
    }

    [Fact]
    public async Task Without_credentials_there_is_no_attempt_and_they_are_asked_for_again()
    {
        int asked = 0;
        var credentials = new Rotating(() => ++asked < 3 ? throw new InvalidOperationException("the vault is sealed") : new BrokerCredentials("shop", "at last"));
        await using var harness = new ConnectionHarness(credentials);

        await harness.ConnectAsync();

        Assert.Equal(["at last"], harness.Attempts.Select(attempt => attempt.Password));
        Assert.Contains(harness.Log.Warnings, warning => warning.Contains("the vault is sealed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_options_are_read_at_each_attempt()
    {
        await using var harness = new ConnectionHarness();
        FakeConnection first = await harness.ConnectAsync();
        harness.Options = new BrokerQueuesOptions { Uri = new Uri("amqp://shop:second@127.0.0.9/") };

        await first.LoseAsync();
        await harness.PassUntilAsync(() => harness.Broker.Connections.Count == 2, "the next connection");

        Assert.Equal([("127.0.0.1", "first"), ("127.0.0.9", "second")], harness.Attempts.Select(attempt => (attempt.Address, attempt.Password)));
    }

    [Fact]
    public async Task The_pauses_between_attempts_grow_to_the_longest_and_begin_small_after_a_connection()
    {
        await using var harness = new ConnectionHarness();
        harness.Answers = (_, _) => harness.Attempts.Count == 16 ? Task.CompletedTask : ConnectionHarness.Refuses();
        FakeConnection open = await harness.ConnectAsync();
        TimeSpan[] pauses = Pauses();
        Assert.InRange(pauses[0], TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.InRange(pauses.Max(), TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(10));

        harness.Answers = (_, _) => harness.Attempts.Count == 17 ? ConnectionHarness.Refuses() : Task.CompletedTask;
        await open.LoseAsync();
        await harness.PassUntilAsync(() => harness.Attempts.Count == 18, "two more attempts");

        Assert.InRange(Pauses()[^1], TimeSpan.Zero, TimeSpan.FromSeconds(2));

        TimeSpan[] Pauses() => [.. harness.Attempts.Zip(harness.Attempts.Skip(1), (attempt, next) => next.At - attempt.At)];
    }

    [Fact]
    public async Task A_broker_that_refuses_the_virtual_host_after_the_connection_is_open_is_tried_at_the_pace_of_failures()
    {
        await using var harness = new ConnectionHarness();
        harness.Broker.On<OpenChannel>().Times(8).Does((channel, _, _) =>
            channel.Connection.CloseByBrokerAsync(530, "NOT_ALLOWED - access to vhost '/' refused for user 'shop'"));

        await harness.ConnectAsync();

        Assert.Equal(9, harness.Attempts.Count);
        Assert.True(harness.Attempts[^1].At - harness.Attempts[0].At > TimeSpan.FromSeconds(2), "the pauses did not grow");
        Assert.Contains(harness.Log.Warnings, warning => warning.Contains("user 'shop' may not use virtual host '/'", StringComparison.Ordinal));
        Assert.All(harness.Broker.Connections.SkipLast(1), refused => Assert.False(refused.IsOpen));
    }

    private sealed class Rotating(Func<BrokerCredentials> current) : IBrokerCredentials
    {
        public ValueTask<BrokerCredentials> GetAsync(CancellationToken cancellationToken) => new(current());
    }
}

using BrokerQueues.Broker;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>What a worker says of itself: ready only while it really works, and otherwise why not.</summary>
public sealed class StatusTests
{
    private readonly HeldWork _work = new();

    [Theory]
    [InlineData(Kind.Concurrent)]
    [InlineData(Kind.Sequential)]
    [InlineData(Kind.Halting)]
    [InlineData(Kind.Broadcast)]
    public async Task It_is_ready_while_all_queues_are_consumed(Kind kind)
    {
        await using QueueHarness queue = Create(kind);
        Assert.Equal(["The worker has not started yet."], Status(queue).Reasons);
        Assert.Equal(HealthStatus.Unhealthy, await CheckAsync(queue));

        await queue.StartAsync();

        BrokerQueuesStatus status = Status(queue);
        Assert.Equal(BrokerQueuesReadiness.Ready, status.Readiness);
        Assert.Empty(status.Reasons);
        TaskQueueStatus consumed = Assert.Single(status.Queues);
        Assert.Equal((queue.Queue, TaskQueueState.Consuming, null, 0), (consumed.QueueId, consumed.State, consumed.Reason, consumed.Running));
        Assert.Equal(
            [(BrokerConnectionRole.Publishing, BrokerConnectionState.Idle), (BrokerConnectionRole.Consuming, BrokerConnectionState.Open)],
            status.Connections.Select(connection => (connection.Role, connection.State)));
        Assert.Equal("127.0.0.1:5672, virtual host '/', user 'guest'", status.Connections[1].Endpoint);
        Assert.Equal(HealthStatus.Healthy, await CheckAsync(queue));
    }

    [Fact]
    public async Task It_counts_what_runs_beside_what_may()
    {
        await using QueueHarness queue = Create(Kind.Concurrent);
        queue.Script.Does = _work.RunAsync;
        await queue.StartAsync();
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");

        Assert.Equal((1, 2), (Assert.Single(Status(queue).Queues).Running, Assert.Single(Status(queue).Queues).MaxConcurrency));
        _work.End("t1");
        await QueueHarness.UntilAsync(() => Status(queue).Queues[0].Running == 0, "it to end");
    }

    [Fact]
    public async Task While_it_waits_for_a_broker_it_is_not_ready_and_says_what_is_wrong()
    {
        await using QueueHarness queue = Create(Kind.Concurrent);
        queue.Broker.Accepts = (_, _) => throw new AuthenticationFailureException("ACCESS_REFUSED");
        Task starting = queue.StartAsync();

        await queue.PassUntilAsync(() => Status(queue).Connections[1].LastError is not null, "a refusal");
        BrokerQueuesStatus status = Status(queue);
        Assert.Equal((BrokerQueuesReadiness.NotReady, TaskQueueState.Starting), (status.Readiness, Assert.Single(status.Queues).State));
        Assert.Contains(status.Reasons, reason => reason.StartsWith("The consuming connection is not open: cannot connect to 127.0.0.1:5672: it refused the login: user 'guest'", StringComparison.Ordinal));
        Assert.Contains($"Queue '{queue.Queue}' is not consumed yet.", status.Reasons);
        Assert.Equal(HealthStatus.Unhealthy, await CheckAsync(queue));

        queue.Broker.Accepts = (_, _) => Task.CompletedTask;
        await queue.PassUntilAsync(() => starting.IsCompleted, "the start");
        Assert.Equal(BrokerQueuesReadiness.Ready, Status(queue).Readiness);
    }

    [Fact]
    public async Task During_an_outage_it_is_not_ready_and_afterwards_it_is_again_and_knows_what_went_wrong()
    {
        await using QueueHarness queue = Create(Kind.Sequential);
        await queue.StartAsync();
        DateTimeOffset before = queue.Time.GetUtcNow();
        queue.Time.Advance(TimeSpan.FromSeconds(1));
        queue.Broker.Accepts = (_, _) => throw new IOException("nobody there");
        await queue.Consuming.LoseAsync();

        // The queue hears of the loss by its channel, the connection's supervision by its own event: whichever is first.
        await queue.PassUntilAsync(
            () => Status(queue) is var now && now.Queues[0].State != TaskQueueState.Consuming &&
                (now.Connections[1].LastError?.Contains("nobody there", StringComparison.Ordinal) ?? false),
            "an attempt, and the queue to know");
        BrokerQueuesStatus outage = Status(queue);
        Assert.Equal(BrokerQueuesReadiness.NotReady, outage.Readiness);
        Assert.Equal((BrokerConnectionState.Connecting, before.AddSeconds(1)), (outage.Connections[1].State, outage.Connections[1].Since));
        Assert.Contains(outage.Reasons, reason => reason.StartsWith("The consuming connection is not open: cannot connect to ", StringComparison.Ordinal));
        Assert.Contains(outage.Reasons, reason => reason.StartsWith($"Queue '{queue.Queue}' is not consumed: the channel closed", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Unhealthy, await CheckAsync(queue));
        Assert.Equal(BrokerQueuesReadiness.NotReady, outage.Readiness);

        queue.Broker.Accepts = (_, _) => Task.CompletedTask;
        await queue.PassUntilAsync(() => Status(queue).Readiness == BrokerQueuesReadiness.Ready, "ready again");
        BrokerQueuesStatus after = Status(queue);
        Assert.Equal(TaskQueueState.Consuming, Assert.Single(after.Queues).State);
        Assert.Contains("the channel closed", after.Queues[0].LastError, StringComparison.Ordinal);
        Assert.Equal(before.AddSeconds(1), after.Queues[0].LastErrorAt);
        Assert.True(after.Queues[0].Since > before.AddSeconds(1));
        Assert.Equal(HealthStatus.Healthy, await CheckAsync(queue));
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_makes_it_not_ready_within_two_heartbeats_and_the_check_does_not_wait_for_it()
    {
        await using QueueHarness queue = Create(Kind.Concurrent);
        await queue.StartAsync();
        Rule silence = queue.Broker.On<OpenChannel>().IsNeverAnswered();

        TimeSpan passed = await queue.PassUntilAsync(() => Status(queue).Readiness == BrokerQueuesReadiness.NotReady, "not ready");
        BrokerQueuesStatus status = Status(queue);
        Task<HealthReport> check = Checks(queue).CheckHealthAsync();

        Assert.True(passed <= 2 * QueueHarness.Heartbeat, $"only after {passed}");
        await QueueHarness.UntilAsync(() => Status(queue).Connections[1].State == BrokerConnectionState.Connecting, "the connection to be given up");
        Assert.Equal("the broker did not answer over the connection to 127.0.0.1:5672, virtual host '/', user 'guest' for 17.5 s", Status(queue).Connections[1].Reason);
        await queue.PassUntilAsync(
            () => Status(queue).Reasons.Any(reason => reason.StartsWith($"Queue '{queue.Queue}' is not consumed: ", StringComparison.Ordinal)), "the reason of the queue",
            TimeSpan.FromMilliseconds(10));
        Assert.Equal(HealthStatus.Unhealthy, (await check.WaitAsync(Eventually.Deadline)).Status);
        silence.Remove();
        await queue.PassUntilAsync(() => Status(queue).Readiness == BrokerQueuesReadiness.Ready, "ready again");
    }

    [Fact]
    public async Task A_deleted_queue_that_may_not_be_declared_makes_it_not_ready_and_is_named()
    {
        await using QueueHarness queue = Create(Kind.Concurrent, services => services.Configure<BrokerQueuesOptions>(options => options.DeclareTopology = false));
        await queue.StartAsync();
        Rule gone = queue.Broker.On<Consume>().ClosesTheChannel(404, $"NOT_FOUND - no queue '{queue.Queue}'");
        Rule missing = queue.Broker.On<LookFor>(look => look == new LookFor("queue", queue.Queue)).ClosesTheChannel(404, $"NOT_FOUND - no queue '{queue.Queue}'");

        await queue.Channel.CancelByBrokerAsync();
        await queue.PassUntilAsync(() => gone.Count + missing.Count >= 2, "attempts to consume it");

        BrokerQueuesStatus status = Status(queue);
        Assert.Equal((BrokerQueuesReadiness.NotReady, TaskQueueState.NotConsuming), (status.Readiness, Assert.Single(status.Queues).State));
        Assert.StartsWith($"Queue '{queue.Queue}' is not consumed: ", Assert.Single(status.Reasons), StringComparison.Ordinal);
        await queue.PassUntilAsync(() => Status(queue).Queues[0].Reason!.Contains(queue.Queue, StringComparison.Ordinal), "the reason to name the queue on the broker");

        gone.Remove();
        missing.Remove();
        await queue.PassUntilAsync(() => Status(queue).Readiness == BrokerQueuesReadiness.Ready, "ready again");
    }

    [Fact]
    public async Task A_halted_queue_makes_it_not_ready_until_what_was_parked_is_gone()
    {
        await using QueueHarness queue = Create(Kind.Halting);
        queue.Script.Does = (_, _) => Task.FromResult(TaskProcessingJobResult.Fail);
        await queue.StartAsync();
        queue.Broker.On<Publish>().Does((_, _, _) =>
        {
            queue.Broker.Holds(queue.Queue + ".failed", messages: 1);
            return Task.CompletedTask;
        });
        await queue.DeliverAsync();

        await queue.PassUntilAsync(() => Status(queue).Queues[0].State == TaskQueueState.Halted, "the halt");
        BrokerQueuesStatus status = Status(queue);
        Assert.Equal(BrokerQueuesReadiness.NotReady, status.Readiness);
        Assert.Equal(
            $"Queue '{queue.Queue}' is halted: 1 task(s) lie in {queue.Queue}.failed or {queue.Queue}.fatal. It goes on when they are moved, deleted or purged.", Assert.Single(status.Reasons));
        Assert.Null(status.Queues[0].LastError);

        await queue.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1));
        Assert.Equal((TaskQueueState.Halted, status.Queues[0].Since), (Status(queue).Queues[0].State, Status(queue).Queues[0].Since));

        queue.Broker.Holds(queue.Queue + ".failed", messages: 0);
        TimeSpan passed = await queue.PassUntilAsync(() => Status(queue).Readiness == BrokerQueuesReadiness.Ready, "ready again");
        Assert.True(passed < TimeSpan.FromSeconds(30), $"only after {passed}");
    }

    [Fact]
    public async Task A_node_that_starts_on_a_halted_queue_or_cannot_find_out_is_not_ready()
    {
        await using QueueHarness queue = Create(Kind.Halting);
        queue.Broker.Holds(queue.Queue + ".fatal", messages: 2);
        await queue.StartAsync();
        Assert.Equal(TaskQueueState.Halted, Assert.Single(Status(queue).Queues).State);

        queue.Broker.On<CountMessages>().ClosesTheChannel(541, "INTERNAL_ERROR");
        await queue.PassUntilAsync(() => Status(queue).Queues[0].State == TaskQueueState.NotConsuming, "a look in vain");
        Assert.Contains($"Queue '{queue.Queue}' is not consumed: it could not be found out whether it is halted.", Status(queue).Reasons);
    }

    [Fact]
    public async Task An_alarm_that_blocks_publishing_degrades_it()
    {
        await using QueueHarness queue = Create(Kind.Concurrent);
        await queue.StartAsync();
        await queue.Services.GetRequiredService<ITaskManager>().AddTaskAsync(queue.Queue, QueueHarness.TaskType).WaitAsync(Eventually.Deadline);

        await queue.Broker.Newest("publishing").BlockAsync("low on disk");
        BrokerQueuesStatus status = Status(queue);
        Assert.Equal((BrokerQueuesReadiness.Degraded, BrokerConnectionState.Blocked, "low on disk"), (status.Readiness, status.Connections[0].State, status.Connections[0].Reason));
        Assert.Contains("an alarm (low on disk)", Assert.Single(status.Reasons), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Degraded, await CheckAsync(queue));

        await queue.Broker.Newest("publishing").UnblockAsync();
        Assert.Equal(BrokerQueuesReadiness.Ready, Status(queue).Readiness);
    }

    [Fact]
    public async Task A_node_that_shuts_down_is_not_ready()
    {
        await using QueueHarness queue = Create(Kind.Concurrent);
        queue.Script.Does = _work.RunAsync;
        await queue.StartAsync();
        await queue.DeliverAsync("t1");
        await QueueHarness.UntilAsync(() => queue.Script.Running == 1, "it to run");

        _ = queue.BeginStop();
        await QueueHarness.UntilAsync(() => Status(queue).Readiness == BrokerQueuesReadiness.NotReady, "not ready");

        Assert.Equal($"Queue '{queue.Queue}' is no longer consumed: the node is shutting down.", Assert.Single(Status(queue).Reasons));
        Assert.Equal(1, Status(queue).Queues[0].Running);
        _work.End("t1");
    }

    [Fact]
    public async Task Looking_costs_the_broker_nothing()
    {
        await using QueueHarness queue = Create(Kind.Halting);
        await queue.StartAsync();
        int asked = queue.Broker.Asked.Count;

        for (int look = 0; look < 100; look++)
        {
            Assert.Equal(HealthStatus.Healthy, await CheckAsync(queue));
        }

        // The watchdog may have asked its first question meanwhile, of a few requests; a hundred looks would have asked a hundred.
        Assert.True(queue.Broker.Asked.Count < asked + 50, $"{queue.Broker.Asked.Count - asked} requests");
        Assert.Single(queue.Broker.Connections);
    }

    [Fact]
    public async Task It_stays_alive_through_any_outage()
    {
        await using QueueHarness queue = Create(Kind.Concurrent);
        Assert.Equal(HealthStatus.Healthy, await LiveAsync(queue));
        await queue.StartAsync();
        queue.Broker.Accepts = (_, _) => throw new IOException("nobody there");
        await queue.Consuming.LoseAsync();

        for (int minute = 0; minute < 5; minute++)
        {
            await queue.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5));
            Assert.Equal(HealthStatus.Healthy, await LiveAsync(queue));
        }

        Assert.Equal(HealthStatus.Unhealthy, await CheckAsync(queue));
    }

    // A sink of logs that blocks holds the watch as a thread does that never comes.
    [Fact]
    public async Task It_is_alive_no_longer_when_the_watch_over_its_queues_stands_still()
    {
        var blocking = new BlockingLog("has not answered on the");
        await using QueueHarness queue = Create(Kind.Concurrent, services => services.AddSingleton<ILoggerProvider>(blocking));
        await queue.StartAsync();
        queue.Broker.On<OpenChannel>().IsNeverAnswered();
        // On a thread of its own, for it may be the one that the watch holds.
        Task passing = Task.Run(() => queue.PassUntilAsync(() => blocking.IsBlocking, "the watch to stand still"));
        await QueueHarness.UntilAsync(() => blocking.IsBlocking, "the watch to stand still");
        Assert.Equal(HealthStatus.Healthy, await LiveAsync(queue));

        await queue.PassAsync(TimeSpan.FromSeconds(61), TimeSpan.FromSeconds(61));
        Assert.Equal(HealthStatus.Unhealthy, await LiveAsync(queue));

        blocking.Dispose();
        await passing;
        await queue.PassUntilAsync(() => Checks(queue).CheckHealthAsync(check => check.Tags.Contains("live")).Result.Status == HealthStatus.Healthy, "alive again");
    }

    private static QueueHarness Create(Kind kind, Action<IServiceCollection>? more = null) => new(kind, services =>
    {
        services.AddHealthChecks().AddBrokerQueues().AddBrokerQueuesLiveness();
        more?.Invoke(services);
    });

    private static BrokerQueuesStatus Status(QueueHarness queue) => queue.Services.GetRequiredService<IBrokerQueuesStatus>().GetStatus();

    private static HealthCheckService Checks(QueueHarness queue) => queue.Services.GetRequiredService<HealthCheckService>();

    private static async Task<HealthStatus> CheckAsync(QueueHarness queue) => (await Checks(queue).CheckHealthAsync(check => check.Tags.Contains("ready"))).Status;

    private static async Task<HealthStatus> LiveAsync(QueueHarness queue) => (await Checks(queue).CheckHealthAsync(check => check.Tags.Contains("live"))).Status;

    private sealed class BlockingLog(string at) : ILoggerProvider, ILogger
    {
        private readonly ManualResetEventSlim _released = new();
        private volatile bool _isBlocking;

        public bool IsBlocking => _isBlocking;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(at, StringComparison.Ordinal))
            {
                _isBlocking = true;
                _released.Wait();
            }
        }

        public void Dispose() => _released.Set();
    }
}

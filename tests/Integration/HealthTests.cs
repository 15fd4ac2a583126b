using BrokerQueues.Broker;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>A worker is ready only while it really works, and says otherwise what is wrong. Brokers are killed here, so this class has one of its own.</summary>
public sealed class HealthTests : BrokerTest, IClassFixture<HealthTests.OwnBroker>
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    private readonly TestBroker _broker;

    public HealthTests(OwnBroker fixture) => _broker = fixture.Broker;

    protected override Uri Uri => _broker.Uri;

    [Fact]
    public async Task When_its_broker_is_killed_it_is_not_ready_and_alive_and_when_it_is_back_ready_again()
    {
        TestNode node = await StartAsync<ConcurrentProcessors>();
        await IsReadyAsync(node);

        _broker.Kill();
        await IsNotReadyAsync(node, "The consuming connection is not open: ", "nothing listens there");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(node, "live")).Status);

        _broker.Restart();
        await IsReadyAsync(node);
        await ConnectRawAgainAsync();
    }

    [Fact]
    public async Task When_its_broker_freezes_it_is_not_ready_until_it_answers_again()
    {
        TestNode node = await StartAsync<ConcurrentProcessors>(broker => broker.Heartbeat = TimeSpan.FromSeconds(2));
        await IsReadyAsync(node);

        _broker.Freeze();
        try
        {
            await IsNotReadyAsync(node, "is not consumed: the broker does not answer");
            Assert.Equal(HealthStatus.Healthy, (await CheckAsync(node, "live")).Status);
        }
        finally
        {
            _broker.Thaw();
        }

        await IsReadyAsync(node);
    }

    [Fact]
    public async Task When_its_password_is_changed_under_it_it_says_so_as_soon_as_it_has_to_log_in_again()
    {
        using var management = new ManagementApi(_broker);
        string user = $"{Prefix}user";
        await SetUserAsync(management, user, "first");
        TestNode node = await StartAsync<ConcurrentProcessors>(broker => (broker.UserName, broker.Password) = (user, "first"));
        await IsReadyAsync(node);

        await SetUserAsync(management, user, "second");
        await Eventually.TrueAsync(async () => await management.CloseConnectionsAsync(Prefix) > 0, "the broker to list the connection");
        HealthReportEntry refused = await IsNotReadyAsync(node, $"it refused the login: user '{user}'");
        Assert.DoesNotContain("first", $"{refused.Description} {string.Join(' ', refused.Data)}", StringComparison.Ordinal);

        await SetUserAsync(management, user, "first");
        await IsReadyAsync(node);
        await management.DeleteAsync($"users/{System.Uri.EscapeDataString(user)}");
    }

    [Fact]
    public async Task A_deleted_queue_that_it_may_not_declare_makes_it_not_ready()
    {
        await DeclareAsync(new() { QueueId = QueueId });
        TestNode node = await StartAsync<ConcurrentProcessors>(broker => broker.DeclareTopology = false);
        await IsReadyAsync(node);

        await Raw.DeleteQueueAsync(Queue(QueueId));
        await IsNotReadyAsync(node, $"Queue '{QueueId}' is not consumed: ", Queue(QueueId));

        await DeclareAsync(new() { QueueId = QueueId });
        await IsReadyAsync(node);
    }

    [Fact]
    public async Task A_halted_queue_makes_it_not_ready_until_an_operator_has_taken_the_task_away()
    {
        TestNode node = await StartAsync<HaltProcessors>();
        node.Script.OnRun = (_, _) => Task.FromResult(Result.Fail);
        await IsReadyAsync(node);

        await Tasks.AddTaskAsync(HaltProcessors.QueueId, Scripted.TaskType);
        await IsNotReadyAsync(node, "Queue 'halt' is halted: 1 task(s) lie in ");

        await Raw.TakeAsync(Names.Failed(HaltProcessors.QueueId));
        await IsReadyAsync(node);
    }

    private static async Task SetUserAsync(ManagementApi management, string user, string password)
    {
        await management.PutAsync($"users/{System.Uri.EscapeDataString(user)}", new { password, tags = "" });
        await management.PutAsync($"permissions/%2F/{System.Uri.EscapeDataString(user)}", new { configure = ".*", write = ".*", read = ".*" });
    }

    private static async Task<HealthReportEntry> CheckAsync(TestNode node, string tag)
    {
        Task<HealthReport> check = node.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(registration => registration.Tags.Contains(tag));
        return (await check.WaitAsync(Eventually.Deadline)).Entries.Values.Single();
    }

    private static Task IsReadyAsync(TestNode node) =>
        Eventually.TrueAsync(async () => (await CheckAsync(node, "ready")).Status == HealthStatus.Healthy, "ready");

    private static async Task<HealthReportEntry> IsNotReadyAsync(TestNode node, params string[] because)
    {
        HealthReportEntry entry = default;
        await Eventually.TrueAsync(
            async () =>
            {
                entry = await CheckAsync(node, "ready");
                return entry.Status == HealthStatus.Unhealthy && because.All(words => entry.Description!.Contains(words, StringComparison.Ordinal));
            },
            $"not ready because '{string.Join(" ... ", because)}'");
        return entry;
    }

    private Task<TestNode> StartAsync<TProcessors>(Action<BrokerQueuesOptions>? broker = null)
        where TProcessors : class => StartNodeAsync<TProcessors>(
            "a",
            options =>
            {
                options.MaxReconnectDelay = TimeSpan.FromSeconds(1);
                broker?.Invoke(options);
            },
            services: services => services.AddHealthChecks().AddBrokerQueues().AddBrokerQueuesLiveness());

    /// <summary>A broker that nobody else uses, so that it can be killed.</summary>
    public sealed class OwnBroker : IDisposable
    {
        public TestBroker Broker { get; } = TestBroker.Start("health");

        public void Dispose() => Broker.Stop();
    }
}

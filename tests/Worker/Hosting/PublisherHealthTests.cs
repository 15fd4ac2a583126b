using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Worker.Tests.Hosting;

/// <summary>The health checks of a program that only publishes.</summary>
public sealed class PublisherHealthTests : IAsyncDisposable
{
    private readonly ScriptedBroker _broker = new();
    private readonly ServiceProvider _provider;

    public PublisherHealthTests()
    {
        var services = new ServiceCollection();
        services.AddSingleton<OpenConnection>((factory, _, token) => _broker.ConnectAsync(factory.ClientProvidedName!, token));
        services.AddBrokerQueues(options =>
        {
            options.Uri = new Uri("amqp://shop:s3cret@127.0.0.1/orders");
            options.NodeId = "shop-1";
            options.MaxReconnectDelay = TimeSpan.FromMilliseconds(100);
        });
        services.AddHealthChecks().AddBrokerQueues().AddBrokerQueuesLiveness();
        _provider = services.BuildServiceProvider();
    }

    private BrokerQueuesStatus Status => _provider.GetRequiredService<IBrokerQueuesStatus>().GetStatus();

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public void A_program_that_has_not_published_yet_has_no_connection_and_is_not_known_to_be_ready()
    {
        BrokerQueuesStatus status = Status;
        Assert.Equal(("shop-1", BrokerQueuesReadiness.NotReady), (status.NodeId, status.Readiness));
        Assert.Equal(["The publishing connection has not been opened yet."], status.Reasons);
        Assert.Equal([BrokerConnectionState.Idle, BrokerConnectionState.Idle], status.Connections.Select(connection => connection.State));
        Assert.Empty(status.Queues);
        Assert.Empty(_broker.Connections);
    }

    [Fact]
    public async Task The_first_check_has_it_connect_and_it_is_ready_when_it_has()
    {
        await UntilAsync(HealthStatus.Healthy);

        Assert.Single(_broker.Connections);
        Assert.Equal(BrokerQueuesReadiness.Ready, Status.Readiness);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync("live")).Status);
    }

    [Fact]
    public async Task A_refused_password_is_told_and_not_quoted_and_the_program_stays_alive()
    {
        _broker.Accepts = (_, _) => throw new AuthenticationFailureException("ACCESS_REFUSED");
        await CheckAsync("ready");
        await Eventually.TrueAsync(() => Status.Connections[0].LastError is not null, "a refusal");

        HealthReportEntry entry = await CheckAsync("ready");
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.StartsWith(
            "The publishing connection is not open: cannot connect to 127.0.0.1:5672: it refused the login: user 'shop' is unknown to it, or the password is wrong", entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", $"{Newtonsoft.Json.JsonConvert.SerializeObject(Status)} {entry.Description} {string.Join(' ', entry.Data)}", StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync("live")).Status);

        _broker.Accepts = (_, _) => Task.CompletedTask;
        await UntilAsync(HealthStatus.Healthy);
    }

    [Fact]
    public async Task An_alarm_degrades_it_and_a_lost_connection_ends_that()
    {
        await UntilAsync(HealthStatus.Healthy);
        await _broker.Newest("publishing").BlockAsync("low on memory");
        HealthReportEntry entry = await CheckAsync("ready");
        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Contains("low on memory", entry.Description, StringComparison.Ordinal);

        await _broker.Newest("publishing").LoseAsync();
        await UntilAsync(HealthStatus.Healthy);
        Assert.Null(Status.Connections[0].Reason);
    }

    [Fact]
    public async Task A_program_that_has_left_says_so()
    {
        await UntilAsync(HealthStatus.Healthy);
        IBrokerQueuesStatus status = _provider.GetRequiredService<IBrokerQueuesStatus>();
        await _provider.DisposeAsync();
        Assert.Equal(BrokerConnectionState.Closed, status.GetStatus().Connections[0].State);
        Assert.Equal(BrokerQueuesReadiness.NotReady, status.GetStatus().Readiness);
    }

    [Fact]
    public void Name_status_tags_and_timeout_are_those_that_were_given()
    {
        var services = new ServiceCollection();
        services.AddHealthChecks()
            .AddBrokerQueues("queues", HealthStatus.Degraded, ["a"], TimeSpan.FromSeconds(3))
            .AddBrokerQueuesLiveness("live", HealthStatus.Degraded, ["b"], TimeSpan.FromSeconds(4))
            .AddBrokerQueues()
            .AddBrokerQueuesLiveness();
        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal(
            [
                ("queues", HealthStatus.Degraded, "a", TimeSpan.FromSeconds(3)), ("live", HealthStatus.Degraded, "b", TimeSpan.FromSeconds(4)),
                ("brokerqueues", HealthStatus.Unhealthy, "ready", Timeout.InfiniteTimeSpan), ("brokerqueues-live", HealthStatus.Unhealthy, "live", Timeout.InfiniteTimeSpan),
            ],
            provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<HealthCheckServiceOptions>>().Value.Registrations
                .Select(check => (check.Name, check.FailureStatus, Assert.Single(check.Tags), check.Timeout)));
    }

    [Fact]
    public async Task Without_anything_to_check_it_says_what_to_call()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddHealthChecks().AddBrokerQueues();
        await using ServiceProvider provider = services.BuildServiceProvider();
        string message = await MessageAsync(provider);
        Assert.Contains("Call AddBrokerQueues on the services of the program", message, StringComparison.Ordinal);
    }

    private static async Task<string> MessageAsync(ServiceProvider provider)
    {
        try
        {
            return (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["brokerqueues"].Exception?.Message ?? "";
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }
    }

    private async Task<HealthReportEntry> CheckAsync(string tag)
    {
        Task<HealthReport> check = _provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(registration => registration.Tags.Contains(tag));
        return (await check.WaitAsync(Eventually.Deadline)).Entries.Values.Single();
    }

    private Task UntilAsync(HealthStatus status) => Eventually.TrueAsync(async () => (await CheckAsync("ready")).Status == status, $"{status}");
}

using System.Net;
using BrokerQueues.Broker;
using BrokerQueues.Broker.Queues;
using BrokerQueues.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Integration.Tests;

/// <summary>How a program gets to its broker, and what it says where it does not.</summary>
public sealed class ReachingTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task A_connection_that_is_accepted_and_then_silent_is_given_up_and_tried_again()
    {
        await using var proxy = new TcpProxy(Uri) { Silent = true };
        Task<TestNode> starting = StartNodeAsync<ConcurrentProcessors>(broker: options => options.Uri = proxy.Uri);
        await Eventually.TrueAsync(() => proxy.Accepted > 0, "the first attempt");
        proxy.Silent = false;

        TestNode node = await starting.WaitAsync(Eventually.Deadline);
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
        Assert.True(node.Log.Contains("the broker has not answered within 20 s"), string.Join(Environment.NewLine, node.Log.Lines));
    }

    [Fact]
    public async Task A_connection_that_is_lost_and_then_meets_silence_comes_back()
    {
        await using var proxy = new TcpProxy(Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options => options.Uri = proxy.Uri);
        int before = proxy.Accepted;
        proxy.Silent = true;
        proxy.Reset();
        await Eventually.TrueAsync(() => proxy.Accepted > before, "an attempt that meets silence");
        proxy.Silent = false;

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
    }

    [Fact]
    public async Task Of_several_hosts_those_that_are_dead_or_silent_are_passed_over()
    {
        await using var silent = new TcpProxy(Uri) { Silent = true };
        await using var good = new TcpProxy(Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options =>
            options.Hosts = ["127.0.0.1:1", $"127.0.0.1:{silent.Uri.Port}", "no-such-host.invalid", $"127.0.0.1:{good.Uri.Port}"]);
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
        Assert.True(good.Accepted > 0);
    }

    [Fact]
    public async Task A_node_whose_host_freezes_goes_on_at_another()
    {
        await using var one = new TcpProxy(Uri);
        await using var other = new TcpProxy(Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options =>
        {
            options.Hosts = [$"127.0.0.1:{one.Uri.Port}", $"127.0.0.1:{other.Uri.Port}"];
            options.Heartbeat = TimeSpan.FromSeconds(2);
        });
        (TcpProxy first, TcpProxy second) = one.Accepted > 0 ? (one, other) : (other, one);
        Assert.Equal(0, second.Accepted);

        first.Freeze();
        await Eventually.TrueAsync(() => second.Accepted > 0, "the node to go to the other host");
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
    }

    [Fact]
    public async Task A_rotated_password_needs_no_restart()
    {
        using var management = new ManagementApi();
        string user = Prefix + "rotating";
        await SetUserAsync(management, user, "first");
        var vault = new Vault(user) { Password = "first" };
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(services: services => services.AddSingleton<IBrokerCredentials>(vault));
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);

        await SetUserAsync(management, user, "second");
        vault.Password = "second";
        await Eventually.TrueAsync(async () => await management.CloseConnectionsAsync(Prefix) > 0, "the broker to list the connection");
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(2);
        await management.DeleteAsync($"users/{System.Uri.EscapeDataString(user)}");
    }

    [Fact]
    public async Task Credentials_that_cannot_be_had_are_asked_for_again_and_told()
    {
        var vault = new Vault("guest") { Password = "guest", Failures = 3 };
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(services: services => services.AddSingleton<IBrokerCredentials>(vault));
        Assert.True(node.Log.Contains("IBrokerCredentials gave no credentials: System.IO.IOException: the vault is sealed"), string.Join(Environment.NewLine, node.Log.Lines));
    }

    [Fact]
    public async Task A_changed_configuration_counts_from_the_next_attempt_on()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["BrokerQueues:Uri"] = new UriBuilder(Uri) { Password = "s3cret-wrong" }.Uri.ToString(),
            ["BrokerQueues:Prefix"] = Prefix,
            ["BrokerQueues:PublishTimeout"] = "00:10:00",
        }).Build();
        var log = new LogSink();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.Services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(log);
        builder.Services.AddBrokerQueues(configuration);
        using IHost host = builder.Build();
        await DeclareAsync(new BrokerQueues.Broker.Queues.QueueDefinition { QueueId = QueueId });
        Task<TaskId> adding = host.Services.GetRequiredService<ITaskManager>().AddTaskAsync(QueueId, Scripted.TaskType);
        await Eventually.TrueAsync(() => log.Contains("it refused the login: user 'guest'"), "the wrong password to be refused");

        // What cannot be used is told, and the former goes on counting.
        configuration["BrokerQueues:Uri"] = "http://guest:s3cret@nowhere/";
        Assert.DoesNotContain("s3cret", Assert.Throws<AggregateException>(configuration.Reload).ToString(), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => log.Contains("The changed options are not usable"), "the change to be told");

        configuration["BrokerQueues:Uri"] = Uri.ToString();
        configuration.Reload();
        await adding.WaitAsync(Eventually.Deadline);
        Assert.DoesNotContain(log.Lines, line => line.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_that_only_publishes_says_at_its_start_what_is_wrong_with_its_options()
    {
        using IHost host = CreateHost(options => options.Uri = new Uri("amqp://guest:12/s3cret@host/"), null, new LogSink());
        var exception = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("BrokerQueues:Uri has", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_refusal_is_told_by_its_cause()
    {
        using var management = new ManagementApi();
        string user = Prefix + "app";
        string vhost = Prefix + "vhost";
        await SetUserAsync(management, user, "app");
        await management.PutAsync($"vhosts/{vhost}", new { });
        try
        {
            await ToldAsync(options => options.VirtualHost = vhost + "x", $"it has no virtual host '{vhost}x'");
            await ToldAsync(options => options.VirtualHost = vhost, $"user '{user}' may not use virtual host '{vhost}'");
            await ToldAsync(options => options.Password = "other", $"it refused the login: user '{user}' is unknown to it, or the password is wrong");
            await management.PutAsync($"permissions/{vhost}/{user}", new { configure = ".*", write = ".*", read = ".*" });
            await management.PutAsync($"vhost-limits/{vhost}/max-connections", new { value = 0 });
            await ToldAsync(options => options.VirtualHost = vhost, "a limit is reached");
            await management.PutAsync($"user-limits/{System.Uri.EscapeDataString(user)}/max-connections", new { value = 0 });
            await ToldAsync(_ => { }, "a limit is reached");
        }
        finally
        {
            await management.DeleteAsync($"vhosts/{vhost}");
            await management.DeleteAsync($"users/{System.Uri.EscapeDataString(user)}");
        }

        async Task ToldAsync(Action<BrokerQueuesOptions> change, string expected)
        {
            var log = new LogSink();
            using IHost host = CreateHost(
                options =>
                {
                    options.UserName = user;
                    options.Password = "app";
                    options.PublishTimeout = TimeSpan.FromMilliseconds(100);
                    change(options);
                },
                null,
                log);
            await Assert.ThrowsAsync<BrokerUnavailableException>(() => host.Services.GetRequiredService<ITaskManager>().AddTaskAsync(QueueId, Scripted.TaskType));
            await Eventually.TrueAsync(() => log.Contains("next attempt in"), "the attempt to fail");
            Assert.True(log.Contains(expected), $"{expected} is missing in:{Environment.NewLine}{string.Join(Environment.NewLine, log.Lines)}");
        }
    }

    private static async Task SetUserAsync(ManagementApi management, string user, string password)
    {
        await management.PutAsync($"users/{System.Uri.EscapeDataString(user)}", new { password, tags = "" });
        await management.PutAsync($"permissions/%2F/{System.Uri.EscapeDataString(user)}", new { configure = ".*", write = ".*", read = ".*" });
    }

    private sealed class Vault(string user) : IBrokerCredentials
    {
        public string Password { get; set; } = "";

        public int Failures { get; set; }

        public ValueTask<BrokerCredentials> GetAsync(CancellationToken cancellationToken) =>
            Failures-- > 0 ? throw new IOException("the vault is sealed") : new(new BrokerCredentials(user, Password));
    }
}

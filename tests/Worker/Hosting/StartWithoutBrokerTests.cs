using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Worker.Tests.Hosting;

public sealed class StartWithoutBrokerTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    private sealed class Orders
    {
        [TaskQueue]
        public const string Queue = "start.orders";

        [TaskProcessor(Queue, "Order", TransactionMode = TransactionMode.Unsafe)]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [Fact]
    public async Task A_start_that_is_out_of_time_fails_and_says_why()
    {
        using IHost host = Build(TimeSpan.FromMilliseconds(500));

        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.StartAsync()).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Contains("The worker could not start in the time it was given", exception.Message, StringComparison.Ordinal);
        Assert.Contains("HostOptions.StartupTimeout", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_stopped_before_its_broker_answers_has_not_failed()
    {
        using IHost host = Build(Timeout.InfiniteTimeSpan);
        Task starting = host.StartAsync();
        Assert.False(starting.IsCompleted);

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await starting.WaitAsync(s_limit);
    }

    // The web server was started with a token that had fired, and threw: the program ended with exit code 134.
    [Fact]
    public async Task A_web_server_in_the_same_host_answers_meanwhile_and_the_program_ends_in_order_when_it_is_stopped()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(2));
        builder.Services
            .AddBrokerQueues(options => options.Uri = new Uri("amqp://guest:guest@127.0.0.1:1/"))
            .AddWorker(worker => worker.AddProcessorsFrom<Orders>());
        await using WebApplication program = builder.Build();
        program.MapGet("/alive", () => "yes");
        Task running = program.RunAsync();
        using var client = new HttpClient();
        await Task.WhenAny(UntilAsync(() => program.Urls.Any(url => !url.EndsWith(":0", StringComparison.Ordinal))), running).WaitAsync(s_limit);
        Assert.Equal("yes", await client.GetStringAsync(new Uri(new Uri(program.Urls.First()), "/alive")).WaitAsync(s_limit));

        program.Lifetime.StopApplication();

        await running.WaitAsync(s_limit);
    }

    [Fact]
    public async Task Mistakes_in_the_declarations_end_the_start_before_anything_waits_for_the_broker()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddBrokerQueues(options => options.Uri = new Uri("amqp://guest:guest@127.0.0.1:1/")).AddWorker(_ => { });
        using IHost host = builder.Build();
        await Assert.ThrowsAsync<WorkerConfigurationException>(() => host.StartAsync().WaitAsync(s_limit));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(20);
        }
    }

    private static IHost Build(TimeSpan startupTimeout)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.Configure<HostOptions>(options =>
        {
            options.StartupTimeout = startupTimeout;
            options.ShutdownTimeout = TimeSpan.FromMinutes(2);
        });
        builder.Services
            .AddBrokerQueues(options => options.Uri = new Uri("amqp://guest:guest@127.0.0.1:1/"))
            .AddWorker(worker => worker.AddProcessorsFrom<Orders>());
        return builder.Build();
    }
}

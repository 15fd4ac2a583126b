using System.Collections.Concurrent;
using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

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

    // It was told 'open, but no answer comes over it' of a broker that answered all it was asked.
    [Fact]
    public async Task Of_a_program_that_is_stopped_while_its_queues_are_not_consumed_yet_the_log_says_how_far_it_has_come()
    {
        var broker = new ScriptedBroker();
        Rule consuming = broker.On<Consume>().IsHeld();
        var log = new Lines();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(log);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(2));
        builder.Services.AddSingleton<OpenConnection>((factory, _, token) => broker.ConnectAsync(factory.ClientProvidedName!, token));
        builder.Services
            .AddBrokerQueues(options => options.Uri = new Uri("amqp://guest:guest@127.0.0.1/"))
            .AddWorker(worker => worker.AddProcessorsFrom<Orders>());
        using IHost host = builder.Build();
        Task starting = host.StartAsync();
        await Eventually.TrueAsync(() => broker.Asked.Any(asked => asked.Request is Consume), "the worker subscribes");

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await starting.WaitAsync(s_limit);
        string line = Assert.Single(log.All, line => line.StartsWith("[607]", StringComparison.Ordinal));
        Assert.StartsWith("[607] Stopped before the worker had started: the connection to 127.0.0.1:5672, virtual host '/', user 'guest' is open; 0 of 1 queue(s) consumed", line, StringComparison.Ordinal);
        Assert.DoesNotContain("no answer", line, StringComparison.Ordinal);
        consuming.Release();
        await host.StopAsync().WaitAsync(s_limit);
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

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _all = new();

        public IReadOnlyCollection<string> All => _all;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _all.Enqueue($"[{eventId.Id}] {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}

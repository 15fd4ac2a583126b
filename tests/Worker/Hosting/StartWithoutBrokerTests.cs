using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Worker.Tests.Hosting;

public sealed class StartWithoutBrokerTests
{
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

        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.StartAsync()).WaitAsync(TimeSpan.FromSeconds(30));

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

        // The host itself says so by an OperationCanceledException; the worker adds no failure of its own.
        Exception? exception = await Record.ExceptionAsync(() => starting.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(exception is null or OperationCanceledException, exception?.ToString());
        Assert.DoesNotContain("could not start", exception?.Message ?? "", StringComparison.Ordinal);
    }

    private static IHost Build(TimeSpan startupTimeout)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.Configure<HostOptions>(options =>
        {
            options.StartupTimeout = startupTimeout;
            options.ShutdownTimeout = TimeSpan.FromSeconds(30);
        });
        builder.Services
            .AddBrokerQueues(options => options.Uri = new Uri("amqp://guest:guest@127.0.0.1:1/"))
            .AddWorker(worker => worker.AddProcessorsFrom<Orders>());
        return builder.Build();
    }
}

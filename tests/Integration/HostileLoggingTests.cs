using BrokerQueues.TestKit;
using BrokerQueues.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>A logging provider that fails is nobody's end.</summary>
public sealed class HostileLoggingTests : BrokerTest
{
    // Five of ten ran, as many as there were slots; then nothing for ever, over a connection and a consumer that looked healthy.
    [Theory]
    [InlineData(ConcurrentProcessors.QueueId)]
    [InlineData(SequentialProcessors.QueueId)]
    public async Task While_it_throws_tasks_fail_and_connections_are_lost_and_all_tasks_still_run_to_their_end(string queueId)
    {
        using var logging = new HostileProvider();
        TestNode node = await StartAsync(queueId, logging);
        logging.Throws = true;
        await Tasks.AddTasksAsync(Enumerable.Range(1, 10).Select(number => new NewTask(queueId, Scripted.TaskType, new ScriptDirective { Number = number })));
        await Eventually.TrueAsync(() => node.Runs.Count > 0, "the first execution");
        using var management = new ManagementApi();
        await Eventually.TrueAsync(async () => await management.CloseConnectionsAsync($"{Prefix}a") > 0, "the connections to be closed");
        await Eventually.TrueAsync(() => node.Runs.Count(run => run.Attempt > 1) >= 3, "tasks to run again while the provider throws");
        Assert.True(logging.Thrown > 0);

        logging.Throws = false;

        await Eventually.TrueAsync(
            () => node.Runs.Where(run => run.Attempt > 1).Select(run => run.Number).Distinct().Count() == 10, "all ten to run to their end", TimeSpan.FromMinutes(3));
        await Eventually.EqualAsync<uint?>(0, () => Raw.CountAsync(Queue(queueId)), "the queue to be empty");
        await StopAsync(node).WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [InlineData(ConcurrentProcessors.QueueId)]
    [InlineData(SequentialProcessors.QueueId)]
    public async Task A_node_whose_provider_throws_to_the_last_stops_and_has_lost_nothing(string queueId)
    {
        using var logging = new HostileProvider();
        TestNode node = await StartAsync(queueId, logging);
        logging.Throws = true;
        await Tasks.AddTasksAsync(Enumerable.Range(1, 10).Select(number => new NewTask(queueId, Scripted.TaskType, new ScriptDirective { Number = number })));
        await Eventually.TrueAsync(() => node.Runs.Count > 0, "the first execution");

        // Not by way of the host, whose own log calls throw.
        await node.Host.Services.GetServices<IHostedService>().Single(service => service is WorkerService).StopAsync(default).WaitAsync(TimeSpan.FromMinutes(2));
        logging.Throws = false;
        await Eventually.EqualAsync<uint?>(0, () => Raw.ConsumersAsync(Queue(queueId)), "the consumer to be gone");

        TestNode next = await StartAsync(queueId, new HostileProvider());
        await Eventually.TrueAsync(
            () => node.Runs.Concat(next.Runs).Where(run => run.Attempt > 1).Select(run => run.Number).Distinct().Count() == 10, "all ten to run to their end", TimeSpan.FromMinutes(3));
    }

    private Task<TestNode> StartAsync(string queueId, HostileProvider logging)
    {
        Action<IServiceCollection> services = collection => collection.AddSingleton<ILoggerProvider>(logging);
        Func<ITaskProcessingJob<ScriptDirective>, CancellationToken, Task<Result>> onRun =
            (job, _) => job.Attempt == 1 ? throw new InvalidOperationException("the first time") : Task.FromResult(Result.Complete);
        return queueId == SequentialProcessors.QueueId
            ? StartNodeAsync<SequentialProcessors>("a", services: services, onRun: onRun)
            : StartNodeAsync<ConcurrentProcessors>("a", services: services, onRun: onRun);
    }

    private sealed class HostileProvider : ILoggerProvider, ILogger
    {
        private int _thrown;
        private volatile bool _throws;

        public bool Throws
        {
            get => _throws;
            set => _throws = value;
        }

        public int Thrown => _thrown;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => Throws ? throw Failure() : null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Throws)
            {
                throw Failure();
            }
        }

        public void Dispose()
        {
        }

        private IOException Failure()
        {
            Interlocked.Increment(ref _thrown);
            return new IOException("There is not enough space on the disk.");
        }
    }
}

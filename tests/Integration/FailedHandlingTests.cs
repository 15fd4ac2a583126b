using BrokerQueues.TestKit;
using BrokerQueues.Tests;
using Microsoft.Extensions.DependencyInjection;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>What fails in handling one delivery, be it the code of a user or ours, has a bound, and is then parked.</summary>
public sealed class FailedHandlingTests : BrokerTest
{
    // On 4.3 it ran once a second without end; 3.10 parked it without a reason after 21 runs; a sequential queue stood still.
    [Theory]
    [InlineData(ConcurrentProcessors.QueueId)]
    [InlineData(SequentialProcessors.QueueId)]
    public async Task An_exception_that_cannot_be_read_is_tried_as_often_as_any_other_and_parked_by_its_type(string queueId)
    {
        TestNode node = await StartAsync(queueId, onRun: (job, _) => job.Directive.Number == 1 ? throw new HostileExceptions.Nothing() : Task.FromResult(Result.Complete));
        await AddAsync(queueId, 2);

        RawMessage parked = await Raw.ReceiveAsync(Names.Failed(queueId));

        Assert.Equal(typeof(HostileExceptions.Nothing).FullName, parked.Header("bq-error-type"));
        Assert.Contains("message not readable", parked.Header("bq-error-message"), StringComparison.Ordinal);
        await node.HasRunAsync(4);
        Assert.Equal([1, 2, 3], node.Runs.Where(run => run.Number == 1).Select(run => run.Attempt));
        Assert.Single(node.Runs, run => run.Number == 2);
    }

    [Theory]
    [InlineData(ConcurrentProcessors.QueueId)]
    [InlineData(SequentialProcessors.QueueId)]
    public async Task What_cannot_be_handled_is_parked_with_the_reason_after_five_times(string queueId)
    {
        var clock = new BrokenClock(failures: 5);
        TestNode node = await StartAsync(queueId, (job, _) => Task.FromResult(job.Directive.Number == 1 ? Result.Fatal : Result.Complete), clock);
        await AddAsync(queueId, 2);

        RawMessage parked = await Raw.ReceiveAsync(Names.Failed(queueId));

        Assert.Equal(typeof(HostileExceptions.Nothing).FullName, parked.Header("bq-error-type"));
        Assert.Contains("The worker could not handle this task, several times over", parked.Header("bq-error-message"), StringComparison.Ordinal);
        await node.HasRunAsync(6);
        Assert.Equal(5, node.Runs.Count(run => run.Number == 1));
        await Eventually.EqualAsync<uint?>(0, () => Raw.CountAsync(Queue(queueId)), "the queue to be empty");
    }

    [Theory]
    [InlineData(ConcurrentProcessors.QueueId)]
    [InlineData(SequentialProcessors.QueueId)]
    public async Task What_can_be_neither_handled_nor_parked_with_its_reason_is_dead_lettered_by_the_broker(string queueId)
    {
        var clock = new BrokenClock(failures: int.MaxValue);
        TestNode node = await StartAsync(queueId, (job, _) => Task.FromResult(job.Directive.Number == 1 ? Result.Fatal : Result.Complete), clock);
        // Without an id, as another publisher may send it.
        RabbitMQ.Client.BasicProperties properties = RawClient.TaskProperties(Scripted.TaskType);
        properties.ClearMessageId();
        await Raw.PublishAsync(Queue(queueId), properties, """{"Number":1}"""u8.ToArray());
        await Tasks.AddTaskAsync(queueId, Scripted.TaskType, new ScriptDirective { Number = 2 });

        RawMessage parked = await Raw.ReceiveAsync(Names.Failed(queueId));

        Assert.Contains("\"Number\":1}", parked.Text, StringComparison.Ordinal);
        await node.HasRunAsync(6);
        Assert.Equal(5, node.Runs.Count(run => run.Number == 1));
    }

    // The second reading of a directive, after a Retry, was outside of what is guarded.
    [Fact]
    public async Task A_directive_that_cannot_be_read_a_second_time_is_Incompatible_and_the_next_task_runs()
    {
        TestNode node = await StartNodeAsync<MoodyProcessors>(onRun: (job, _) => Task.FromResult(Result.Complete));
        await Raw.PublishAsync(Queue(MoodyProcessors.QueueId), Scripted.TaskType, """{"Mood":"secret 4711"}""");
        await Raw.PublishAsync(Queue(MoodyProcessors.QueueId), Scripted.TaskType, "{}");

        RawMessage parked = await Raw.ReceiveAsync(Names.Incompatible(MoodyProcessors.QueueId));

        Assert.Contains("MoodyDirective: ", parked.Header("bq-error-message"), StringComparison.Ordinal);
        await Eventually.EqualAsync<uint?>(0, () => Raw.CountAsync(Queue(MoodyProcessors.QueueId)), "the queue to be empty");
        await StopAsync(node);
        Assert.Equal(0u, await Raw.CountAsync(Queue(MoodyProcessors.QueueId)));
        Assert.False(node.Log.Contains("4711"), "a payload in the log");
    }

    private Task<TestNode> StartAsync(
        string queueId, Func<ITaskProcessingJob<ScriptDirective>, CancellationToken, Task<Result>> onRun, TimeProvider? clock = null)
    {
        Action<IServiceCollection> services = collection =>
        {
            if (clock is not null)
            {
                collection.AddSingleton(clock);
            }
        };
        return queueId == SequentialProcessors.QueueId
            ? StartNodeAsync<SequentialProcessors>(services: services, onRun: onRun)
            : StartNodeAsync<ConcurrentProcessors>(services: services, onRun: onRun);
    }

    private Task AddAsync(string queueId, int count) => Tasks.AddTasksAsync(
        Enumerable.Range(1, count).Select(number => new NewTask(queueId, Scripted.TaskType, new ScriptDirective { Number = number })));

    /// <summary>Stands for whatever else may go wrong between a result and its settlement: the first parkings fail.</summary>
    private sealed class BrokenClock(int failures) : TimeProvider
    {
        private int _left = failures;

        public override DateTimeOffset GetUtcNow() =>
            Environment.StackTrace.Contains("ParkAsync", StringComparison.Ordinal) && Interlocked.Decrement(ref _left) >= 0
                ? throw new HostileExceptions.Nothing()
                : base.GetUtcNow();
    }

    internal sealed class MoodyProcessors
    {
        [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
        public const string QueueId = "fragile.moody";

        [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe)]
        public static Task<Result> ProcessAsync(ITaskProcessingJob<MoodyDirective> job) =>
            Task.FromResult(job.Directive.Mood is null || job.RetryCount > 0 ? Result.Complete : Result.Retry);
    }

    public sealed class MoodyDirective : TaskDirective
    {
        private static int s_readings;

        public string? Mood
        {
            get;
            set => field = Interlocked.Increment(ref s_readings) == 1 ? value : throw new FormatException($"Not again: {value}");
        }
    }
}

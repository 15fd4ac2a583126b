using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

public sealed class DelayTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task Tasks_of_many_delays_are_each_due_within_a_second_and_never_early()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        // Longest first: none may block another.
        double[] seconds = [9, 7.3, 6, 5.25, 4.4, 3.1, 2, 1.5, 1, 0.25, 0.1];
        double mostLate = double.MaxValue;
        // A busy machine can make any one round late, and not all of them; none may be early.
        for (int round = 1; round <= 15 && mostLate > 1; round++)
        {
            DateTimeOffset began = DateTimeOffset.UtcNow;
            await Tasks.AddTasksAsync(seconds.Select((delay, index) => new NewTask(
                QueueId, Scripted.TaskType, new ScriptDirective { Number = index },
                index % 2 == 0 ? new AddTaskOptions { Delay = TimeSpan.FromSeconds(delay) } : new AddTaskOptions { NotBefore = began.AddSeconds(delay) })));
            double publishing = (DateTimeOffset.UtcNow - began).TotalSeconds;
            await node.HasRunAsync(seconds.Length * round);

            double[] late = [.. node.Runs.TakeLast(seconds.Length).Select(run => (run.At - began).TotalSeconds - seconds[run.Number])];
            Assert.All(late, value => Assert.True(value > -0.005, $"{value:0.000} s early"));
            mostLate = late.Max() - publishing;
        }

        Assert.True(mostLate <= 1, $"{mostLate:0.000} s late");
    }

    [Fact]
    public async Task A_time_in_the_past_means_at_once()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, null, new AddTaskOptions { NotBefore = DateTimeOffset.UtcNow.AddDays(-1) });
        await node.HasRunAsync(1);
    }

    [Fact]
    public async Task A_delay_of_over_a_year_stands_in_the_ladder()
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, null, new AddTaskOptions { Delay = TimeSpan.FromDays(400) });

        // 388 days is the level that the first bit of 400 days stands for.
        await Eventually.EqualAsync<uint?>(1, () => Raw.CountAsync(Names.DelayLevel(27)), "the task to stand in the highest level");
    }

    [Fact]
    public async Task Three_rounds_through_the_ladder_keep_properties_and_headers()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(worker: worker => worker.Configure(options => options.MaxRequeueDelay = TimeSpan.FromSeconds(1)));
        node.Script.OnRun = (job, _) => Task.FromResult(job.Attempt <= 3 ? Result.Requeue : Result.Fatal);
        RabbitMQ.Client.BasicProperties properties = RawClient.TaskProperties(Scripted.TaskType, "order-17");
        properties.CorrelationId = "cause";
        properties.AppId = "shop";
        properties.Headers!["tenant"] = "fi";
        properties.Headers["bq-display-name"] = "Order 17";

        await Raw.PublishAsync(Queue(QueueId), properties, "{\"number\":17}"u8.ToArray());

        RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
        Assert.Equal([1, 2, 3, 4], node.Runs.Select(run => run.Attempt));
        Assert.Equal(("order-17", "cause", "shop", "fi", "Order 17", "4", "{\"number\":17}"),
            (parked.Properties.MessageId, parked.Properties.CorrelationId, parked.Properties.AppId, parked.Header("tenant"), parked.Header("bq-display-name"), parked.Header("bq-attempts"), parked.Text));
    }

    [Fact]
    public async Task A_delayed_task_whose_queue_is_deleted_meanwhile_lies_where_an_operator_sees_it_and_blocks_nobody()
    {
        await DeclareAsync(new QueueDefinition { QueueId = "short.lived" });
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        await Tasks.AddTasksAsync(Enumerable.Range(0, 40).Select(_ => new NewTask("short.lived", Scripted.TaskType, null, new AddTaskOptions { Delay = TimeSpan.FromSeconds(10) })));
        await Raw.DeleteQueueAsync(Queue("short.lived"));

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, null, new AddTaskOptions { Delay = TimeSpan.FromSeconds(10.5) });

        await node.HasRunAsync(1);
        await Eventually.EqualAsync<uint?>(40, () => Raw.CountAsync(Names.Undeliverable), "the tasks of the deleted queue");
    }
}

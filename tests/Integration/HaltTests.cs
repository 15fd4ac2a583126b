using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>A sequential queue that halts at a failure.</summary>
public sealed class HaltTests : BrokerTest
{
    private const string QueueId = HaltProcessors.QueueId;

    // Counting only what is ready, one poll that fell into a look lifted the halt.
    [Fact]
    public async Task Looking_at_the_parked_task_does_not_lift_the_halt()
    {
        var polls = new HeldPolls();
        TestNode node = await StartNodeAsync<HaltProcessors>(
            "a",
            services: services => services.AddSingleton<TimeProvider>(polls),
            onRun: (job, _) => Task.FromResult(job.Directive.Number == 1 ? Result.Fail : Result.Complete));
        await Tasks.AddTasksAsync(Enumerable.Range(1, 2).Select(number => new NewTask(QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));
        await Eventually.EqualAsync<uint?>(0, () => Raw.ConsumersAsync(Queue(QueueId)), "the node to stand aside");
        await polls.HeldAsync();

        // One poll of two in a row falls into each look.
        for (int look = 0; look < 3; look++)
        {
            await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
            {
                BasicGetResult? seen = null;
                await Eventually.TrueAsync(async () => (seen = await channel.BasicGetAsync(Names.Failed(QueueId), autoAck: false)) is not null, "the parked task");
                await polls.PassOneAsync();
                await channel.BasicNackAsync(seen!.DeliveryTag, multiple: false, requeue: true);
            }

            await Eventually.EqualAsync<uint?>(1, () => Raw.CountAsync(Names.Failed(QueueId)), "the parked task to be back");
            await polls.PassOneAsync();
        }

        Assert.Equal([1], node.Runs.Select(run => run.Number));

        await Raw.TakeAsync(Names.Failed(QueueId));
        await polls.PassOneAsync();
        polls.PassAll();
        await node.HasRunAsync(2);
    }

    [Fact]
    public async Task It_halts_on_all_nodes_until_an_operator_empties_the_parking_queue()
    {
        TestNode first = await StartNodeAsync<HaltProcessors>("a");
        TestNode second = await StartNodeAsync<HaltProcessors>("b");
        first.Script.OnRun = second.Script.OnRun = (job, _) => Task.FromResult(job.Directive.Number == 2 ? Result.Fail : Result.Complete);

        await Tasks.AddTasksAsync(Enumerable.Range(1, 4).Select(number => new NewTask(QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));

        await Eventually.EqualAsync<uint?>(1, () => Raw.CountAsync(Names.Failed(QueueId)), "the failed task to be parked");
        await Eventually.TrueAsync(() => first.Log.Contains("halted") || second.Log.Contains("halted"), "the halt to be logged");
        TestNode third = await StartNodeAsync<HaltProcessors>("c");
        await Eventually.EqualAsync<uint?>(0, () => Raw.ConsumersAsync(Queue(QueueId)), "all nodes to stand aside");
        Assert.Equal([1, 2], first.Runs.Concat(second.Runs).Concat(third.Runs).OrderBy(run => run.At).Select(run => run.Number));

        await Raw.TakeAsync(Names.Failed(QueueId));

        await Eventually.TrueAsync(() => first.Runs.Count + second.Runs.Count + third.Runs.Count == 4, "the rest to run");
        Assert.Equal([1, 2, 3, 4], first.Runs.Concat(second.Runs).Concat(third.Runs).OrderBy(run => run.At).Select(run => run.Number));
    }

    // It consumed until a task came, took it, and returned it: each restart of a node counted towards the task's delivery limit.
    [Fact]
    public async Task A_node_that_starts_on_a_halted_queue_says_so_and_does_not_consume_it()
    {
        await DeclareAsync(new() { QueueId = QueueId, Behavior = TaskQueueBehavior.Sequential });
        await Raw.PublishAsync(Queue(QueueId), RawClient.TaskProperties(Scripted.TaskType), "{}"u8.ToArray(), routingKey: Names.Failed(QueueId));
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 });

        TestNode node = await StartNodeAsync<HaltProcessors>("a");

        Assert.True(node.Log.Contains("is halted"), string.Join('\n', node.Log.Lines));
        Assert.False(node.Log.Contains($"Consuming {Queue(QueueId)}"), string.Join('\n', node.Log.Lines));
        Assert.Equal(0u, await Raw.ConsumersAsync(Queue(QueueId)));
        Assert.Equal(1u, await Raw.CountAsync(Queue(QueueId)));

        await Raw.TakeAsync(Names.Failed(QueueId));

        await node.HasRunAsync(1);
        Assert.True(node.Log.Contains("goes on"));
    }

    [Fact]
    public async Task Halting_is_told_as_halting_and_not_as_a_consumer_that_is_lost()
    {
        TestNode node = await StartNodeAsync<HaltProcessors>("a", onRun: (_, _) => Task.FromResult(Result.Fail));
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await Eventually.EqualAsync<uint?>(0, () => Raw.ConsumersAsync(Queue(QueueId)), "the node to stand aside");

        Assert.True(node.Log.Contains("is halted"));
        Assert.False(node.Log.Contains("subscribing again"), string.Join('\n', node.Log.Lines));
    }

    [Fact]
    public async Task A_node_can_be_stopped_while_its_queue_is_halted()
    {
        await DeclareAsync(new() { QueueId = QueueId, Behavior = TaskQueueBehavior.Sequential });
        await Raw.PublishAsync(Queue(QueueId), RawClient.TaskProperties(Scripted.TaskType), "{}"u8.ToArray(), routingKey: Names.Failed(QueueId));
        TestNode node = await StartNodeAsync<HaltProcessors>("a");
        await StopAsync(node).WaitAsync(Eventually.Deadline);
    }

    /// <summary>A clock on which the two seconds between two polls are as long as the test wants them to be.</summary>
    private sealed class HeldPolls : TimeProvider
    {
        private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2);

        private readonly SemaphoreSlim _waiting = new(0);
        private readonly SemaphoreSlim _passes = new(0);
        private volatile bool _all;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime == s_poll ? Timeout.InfiniteTimeSpan : dueTime, period);
            if (dueTime == s_poll)
            {
                _waiting.Release();
                _ = PassAsync(timer);
            }

            return timer;
        }

        /// <summary>Waits until the node waits for its next poll.</summary>
        public async Task HeldAsync() => Assert.True(await _waiting.WaitAsync(Eventually.Deadline), "the node does not poll");

        /// <summary>Lets it poll, and waits until it waits again.</summary>
        public async Task PassOneAsync()
        {
            _passes.Release();
            await HeldAsync();
        }

        public void PassAll()
        {
            _all = true;
            _passes.Release();
        }

        private async Task PassAsync(ITimer timer)
        {
            if (!_all)
            {
                await _passes.WaitAsync();
            }

            timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}

using BrokerQueues.TestKit;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>The column 'sequential' of the result table: whatever happens to a task, those behind it wait or follow in order.</summary>
public sealed class SequentialTests : BrokerTest
{
    private const string QueueId = SequentialProcessors.QueueId;

    [Fact]
    public async Task Requeue_retry_and_failure_in_the_middle_keep_the_order()
    {
        TestNode node = await StartNodeAsync<SequentialProcessors>();
        node.Script.OnRun = (job, _) => Task.FromResult(job.Directive.Number switch
        {
            2 when job.Attempt <= 2 => Result.Requeue,
            3 when job.RetryCount < 2 => Result.Retry,
            4 => Result.Fatal,
            5 => Result.Fail,
            6 => Result.Cancel,
            _ => Result.Complete,
        });

        await AddAsync(1, 8);

        await node.HasRunAsync(1 + 3 + 3 + 1 + 3 + 1 + 2);
        Assert.Equal([1, 2, 2, 2, 3, 3, 3, 4, 5, 5, 5, 6, 7, 8], node.Runs.Select(run => run.Number));
        Assert.Equal([1, 2, 3], node.Runs.Where(run => run.Number == 2).Select(run => run.Attempt));
        Assert.Equal([1, 2, 3], node.Runs.Where(run => run.Number == 5).Select(run => run.Attempt));
        Assert.True(node.Runs[2].At - node.Runs[1].At >= TimeSpan.FromSeconds(1));
        Assert.Equal("Fatal", (await Raw.ReceiveAsync(Names.Fatal(QueueId))).Header("bq-result"));
        Assert.Equal("3", (await Raw.ReceiveAsync(Names.Failed(QueueId))).Header("bq-attempts"));
        await StopAsync(node);
        Assert.Equal(0u, await Raw.CountAsync(Queue(QueueId)));
    }

    [Fact]
    public async Task One_task_at_a_time_runs_in_the_cluster()
    {
        int running = 0, overlaps = 0;
        async Task<Result> OneAtATime(ITaskProcessingJob<ScriptDirective> job, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref running) > 1)
            {
                Interlocked.Increment(ref overlaps);
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(3), cancellationToken);
                return Result.Complete;
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        }

        TestNode first = await StartNodeAsync<SequentialProcessors>("a");
        TestNode second = await StartNodeAsync<SequentialProcessors>("b");
        // However late its stop comes, it leaves half of them to the other node.
        first.Script.OnRun = async (job, cancellationToken) =>
        {
            Result result = await OneAtATime(job, cancellationToken);
            await Task.Delay(first.Runs.Count > 50 ? Timeout.Infinite : 0, cancellationToken);
            return result;
        };
        second.Script.OnRun = OneAtATime;

        await AddAsync(1, 100);
        await Eventually.TrueAsync(() => first.Runs.Count > 20, "the active node to get going");
        await StopAsync(first);
        await Eventually.TrueAsync(() => second.Runs.Any(run => run.Number == 100), "all tasks to run");

        Assert.Equal(0, overlaps);
        Assert.Equal(Enumerable.Range(1, 100), first.Runs.Concat(second.Runs).OrderBy(run => run.At).DistinctBy(run => run.Number).Select(run => run.Number));
        Assert.InRange(first.Runs.Count + second.Runs.Count, 100, 101);
        Assert.NotEmpty(second.Runs);
    }

    // A channel that closes right behind its last acknowledgements takes some of them along, on both lines of the broker.
    [Fact]
    public async Task A_node_that_stops_behind_a_burst_leaves_nothing_that_is_done()
    {
        const int Count = 2_000;
        await StopAsync(await StartNodeAsync<SequentialProcessors>());
        for (int round = 0; round < 4; round++)
        {
            await Tasks.AddTasksAsync(Enumerable.Range(1, Count).Select(number => new NewTask(QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));
            TestNode node = await StartNodeAsync<SequentialProcessors>();
            await node.HasRunAsync(Count);
            await StopAsync(node);

            Assert.Equal(Enumerable.Range(1, Count), node.Runs.Select(run => run.Number));
            Assert.Equal(0u, await Raw.CountAsync(Queue(QueueId)));
        }
    }

    [Fact]
    public async Task An_aborted_task_goes_back_to_the_head()
    {
        TestNode node = await StartNodeAsync<SequentialProcessors>();
        int aborts = 0;
        node.Script.OnRun = (job, _) => Task.FromResult(job.Directive.Number == 2 && Interlocked.Increment(ref aborts) <= 2 ? Result.Abort : Result.Complete);

        await AddAsync(1, 4);

        await node.HasRunAsync(6);
        Assert.Equal([1, 2, 2, 2, 3, 4], node.Runs.Select(run => run.Number));
        Assert.All(node.Runs, run => Assert.Equal(1, run.Attempt));
    }

    [Fact]
    public async Task With_placement_at_the_tail_later_tasks_overtake()
    {
        TestNode node = await StartNodeAsync<TailProcessors>();
        node.Script.OnRun = (job, _) => Task.FromResult(job.Directive.Number == 1 && job.Attempt == 1 ? Result.Requeue : Result.Complete);

        await Tasks.AddTasksAsync(Enumerable.Range(1, 3).Select(number => new NewTask(TailProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));

        await node.HasRunAsync(4);
        Assert.Equal([(1, 1), (2, 1), (3, 1), (1, 2)], node.Runs.Select(run => (run.Number, run.Attempt)));
    }

    // The broker appends what is returned to what was returned before: a consumer that takes one of twenty and returns it has moved it back.
    [Fact]
    public async Task Interruptions_close_to_each_other_keep_the_order_of_what_was_read_ahead()
    {
        const int Count = 400, HandOvers = 8;
        var handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // However late its stop comes, each node but the last leaves something to the next one.
        Func<ITaskProcessingJob<ScriptDirective>, CancellationToken, Task<Result>> Briefly()
        {
            int runs = 0;
            return async (_, cancellationToken) =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(2), CancellationToken.None);
                if (++runs > Count / (HandOvers + 1))
                {
                    await handedOver.Task.WaitAsync(cancellationToken);
                }

                return Result.Complete;
            };
        }

        TestNode active = await StartNodeAsync<AheadProcessors>(onRun: Briefly());
        TestNode waiting = await StartNodeAsync<AheadProcessors>(onRun: Briefly());
        List<TestNode> nodes = [active, waiting];
        await Tasks.AddTasksAsync(Enumerable.Range(1, Count).Select(number => new NewTask(AheadProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));
        for (int handOver = 0; handOver < HandOvers; handOver++)
        {
            await Eventually.TrueAsync(() => active.Runs.Count >= 3, "the active node to run a few");
            Task<TestNode> next = StartNodeAsync<AheadProcessors>(onRun: Briefly());
            await StopAsync(active);
            (active, waiting) = (waiting, await next);
            nodes.Add(waiting);
        }

        handedOver.SetResult();

        await Eventually.TrueAsync(() => nodes.SelectMany(node => node.Runs).DistinctBy(run => run.Number).Count() == Count, "all tasks to run");
        Assert.Equal(Enumerable.Range(1, Count), nodes.SelectMany(node => node.Runs).OrderBy(run => run.At).DistinctBy(run => run.Number).Select(run => run.Number));
    }

    // With five read ahead and counted alike, the four behind the long one lay in .failed without ever having been started.
    [Fact]
    public async Task Many_hand_overs_around_a_long_task_do_not_use_up_the_tasks_that_wait_behind_it()
    {
        const int HandOvers = 9;
        List<Run> runs = [];
        for (int handOver = 0; handOver < HandOvers; handOver++)
        {
            TestNode node = await StartNodeAsync<FrailProcessors>(
                worker: worker => worker.Configure(options => options.ShutdownGracePeriod = TimeSpan.FromMilliseconds(50)),
                onRun: async (_, cancellationToken) =>
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    return Result.Complete;
                });
            if (handOver == 0)
            {
                await Tasks.AddTasksAsync(Enumerable.Range(1, 8).Select(number => new NewTask(FrailProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));
            }

            await Eventually.TrueAsync(() => node.Runs.Count >= 1, $"run {handOver + 1} of the task");
            await StopAsync(node);
            runs.AddRange(node.Runs);
        }

        TestNode last = await StartNodeAsync<FrailProcessors>();
        await last.HasRunAsync(7);
        Assert.All(runs, run => Assert.Equal(1, run.Number));
        Assert.Equal([2, 3, 4, 5, 6, 7, 8], last.Runs.Select(run => run.Number));
        await Eventually.EqualAsync<uint?>(1, () => Raw.CountAsync(Names.Failed(FrailProcessors.QueueId)), "the long task in .failed");
    }

    private Task AddAsync(int from, int to) =>
        Tasks.AddTasksAsync(Enumerable.Range(from, to - from + 1).Select(number => new NewTask(QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));
}

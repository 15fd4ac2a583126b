using System.Diagnostics;
using BrokerQueues.TestKit;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>Whatever a processor does, it stays its own affair.</summary>
public sealed class HostileProcessorTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task Processors_that_block_every_thread_they_get_do_not_lose_the_connection()
    {
        var heartbeat = TimeSpan.FromSeconds(4);
        using var release = new ManualResetEventSlim();
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options => options.Heartbeat = heartbeat);
        node.Script.OnRun = (_, _) =>
        {
#pragma warning disable MA0045, CA1849 // Blocking is the point.
            release.Wait(CancellationToken.None);
#pragma warning restore MA0045, CA1849
            return Task.FromResult(Result.Complete);
        };

        await Tasks.AddTasksAsync(Enumerable.Range(0, 8).Select(_ => new NewTask(QueueId, Scripted.TaskType)));
        await node.HasRunAsync(4);
        // A connection that is not heard of is given up after two heartbeats.
        long blocked = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(blocked) > 4 * heartbeat, "four heartbeats");
        release.Set();

        await node.HasRunAsync(8);
        await StopAsync(node);
        Assert.Equal(8, node.Runs.Select(run => run.TaskId).Distinct().Count());
        Assert.False(node.Log.Contains("lost"), string.Join('\n', node.Log.Lines.Where(line => line.Contains("lost", StringComparison.Ordinal))));
    }

    // Run on the client's dispatch loop, which spared waking a thread for each task, it was told nothing for as long as it blocked.
    [Fact]
    public async Task A_processor_that_blocks_a_queue_that_reads_ahead_is_told_to_abort_and_does_not_hold_up_the_stop()
    {
        using var release = new ManualResetEventSlim();
        using var blocked = new ManualResetEventSlim();
        var aborted = new TaskCompletionSource();
        TestNode node = await StartNodeAsync<AheadProcessors>(
            "blocked",
            worker: worker => worker.Configure(options => options.ShutdownGracePeriod = TimeSpan.FromMilliseconds(200)),
            onRun: (job, _) =>
            {
                job.JobAborted.Register(aborted.SetResult);
                blocked.Set();
#pragma warning disable MA0045, CA1849 // Blocking is the point.
                release.Wait(CancellationToken.None);
#pragma warning restore MA0045, CA1849
                return Task.FromResult(Result.Complete);
            });
        await Tasks.AddTasksAsync(Enumerable.Range(1, 30).Select(number => new NewTask(AheadProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));
        try
        {
            await Eventually.TrueAsync(() => blocked.IsSet, "the processor to block");
            using var management = new ManagementApi();
            await Eventually.TrueAsync(async () => await management.CloseConnectionsAsync($"{Prefix}blocked") > 0, "the connection to be closed");

            await aborted.Task.WaitAsync(Eventually.Deadline);
            await StopAsync(node).WaitAsync(Eventually.Deadline);
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task A_processor_that_throws_from_its_cancellation_callback_or_keeps_its_job_harms_nobody()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a");
        ITaskProcessingJob<ScriptDirective>? kept = null;
        node.Script.OnRun = (job, cancellationToken) =>
        {
            kept = job;
            cancellationToken.Register(() => throw new InvalidOperationException("from the callback"));
            return Task.FromResult(Result.Complete);
        };
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Text = "kept" });
        await node.HasRunAsync(1);
        using var management = new ManagementApi();
        await Eventually.TrueAsync(async () => await management.CloseConnectionsAsync($"{Prefix}a") > 0, "the connection to be closed");

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);

        await node.HasRunAsync(2);
        Assert.NotNull(kept);
        await Assert.ThrowsAnyAsync<Exception>(() => kept.CommitAsync());
    }

    [Fact]
    public async Task A_processor_whose_services_are_missing_fails_its_tasks_with_the_reason()
    {
        await StartNodeAsync<NeedyProcessors>();
        await Tasks.AddTaskAsync(NeedyProcessors.QueueId, Scripted.TaskType);
        RawMessage parked = await Raw.ReceiveAsync(Names.Failed(NeedyProcessors.QueueId));
        Assert.Contains(nameof(IDisposable), parked.Header("bq-error-message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_added_by_a_processor_names_its_cause()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = async (job, cancellationToken) =>
        {
            if (job.Directive.Number == 1)
            {
                await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 2 }, cancellationToken: cancellationToken);
            }
            else
            {
                Assert.Equal(node.Runs[0].TaskId.Value, job.CorrelationId);
            }

            return job.Directive.Number == 2 ? Result.Fatal : Result.Complete;
        };

        TaskId first = await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 });

        Assert.Equal(first.Value, (await Raw.ReceiveAsync(Names.Fatal(QueueId))).Properties.CorrelationId);
    }

    [Fact]
    public async Task Who_caused_a_task_is_told_of_all_that_follows_from_it_through_delays_parking_and_a_move_by_hand()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        var seen = new System.Collections.Concurrent.ConcurrentQueue<(int Number, int Attempt, int Redrives, string? Initiator)>();
        node.Script.OnRun = async (job, cancellationToken) =>
        {
            seen.Enqueue((job.Directive.Number, job.Attempt, job.Redrives, job.Initiator));
            if (job.Directive.Number == 1)
            {
                await TasksOf(node).AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 2 }, cancellationToken: cancellationToken);
                return Result.Complete;
            }

            return job.Attempt == 1 && job.Redrives == 0 ? Result.Requeue : job.Redrives == 0 ? Result.Fatal : Result.Complete;
        };

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 }, new AddTaskOptions { Initiator = "Zoë <zoe@example.org>" });
        RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
        await Raw.PublishAsync(Queue(QueueId), parked.Properties, parked.Body);

        await node.HasRunAsync(4);
        Assert.Equal("Zoë <zoe@example.org>", parked.Header("bq-initiator"));
        Assert.Equal([(1, 1, 0), (2, 1, 0), (2, 2, 0), (2, 1, 1)], seen.Select(run => (run.Number, run.Attempt, run.Redrives)));
        Assert.All(seen, run => Assert.Equal("Zoë <zoe@example.org>", run.Initiator));
    }

    internal sealed class NeedyProcessors(IDisposable missing)
    {
        [TaskQueue]
        public const string QueueId = "fragile.needy";

        [TaskProcessor(QueueId, Scripted.TaskType, MaxRequeues = 0)]
        public void Process(ITaskProcessingJob job) => missing.Dispose();
    }
}

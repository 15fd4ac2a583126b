using BrokerQueues.TestKit;
using RabbitMQ.Client;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>The column 'concurrent' of the result table, on a real broker.</summary>
public sealed class ConcurrentResultsTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Theory]
    [InlineData(Result.Complete)]
    [InlineData(Result.Cancel)]
    public async Task A_completed_or_cancelled_task_is_gone_after_one_run(Result result)
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (_, _) => Task.FromResult(result);

        TaskId id = await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 7, Text = "Grüße" });

        await node.HasRunAsync(1);
        Assert.Equal(id, node.Runs[0].TaskId);
        Assert.Equal(7, node.Runs[0].Number);
        await StopAsync(node);
        await NothingLeftAsync();
    }

    [Fact]
    public async Task A_failing_task_is_requeued_with_backoff_and_then_parked_with_its_reason()
    {
        DateTimeOffset began = DateTimeOffset.UtcNow;
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a");
        node.Script.OnRun = (_, _) => throw new InvalidDataException("the file is damaged");

        TaskId id = await Tasks.AddTaskAsync(
            QueueId, Scripted.TaskType, new ScriptDirective { Number = 1, Text = "keep me" }, new AddTaskOptions { DisplayName = "Import of page 1" });

        RawMessage parked = await Raw.ReceiveAsync(Names.Failed(QueueId));
        Assert.Equal([1, 2, 3], node.Runs.Select(run => run.Attempt));
        Assert.All(node.Runs, run => Assert.Equal(id, run.TaskId));
        Assert.True(node.Runs[1].At - node.Runs[0].At >= TimeSpan.FromSeconds(1));
        Assert.True(node.Runs[2].At - node.Runs[1].At >= TimeSpan.FromSeconds(2));

        Assert.Equal(id.Value, parked.Properties.MessageId);
        Assert.Equal(Scripted.TaskType, parked.Properties.Type);
        Assert.Equal("application/json", parked.Properties.ContentType);
        Assert.Equal(DeliveryModes.Persistent, parked.Properties.DeliveryMode);
        Assert.Contains("keep me", parked.Text, StringComparison.Ordinal);
        Assert.Equal("Fail", parked.Header("bq-result"));
        Assert.Equal("System.IO.InvalidDataException", parked.Header("bq-error-type"));
        Assert.Equal("the file is damaged", parked.Header("bq-error-message"));
        Assert.Contains(nameof(A_failing_task_is_requeued_with_backoff_and_then_parked_with_its_reason), parked.Header("bq-error-stack"), StringComparison.Ordinal);
        Assert.Equal("a", parked.Header("bq-failed-node"));
        Assert.Equal(QueueId, parked.Header("bq-origin-queue"));
        Assert.Equal("3", parked.Header("bq-attempts"));
        Assert.Equal("0", parked.Header("bq-redrives"));
        Assert.Equal("Import of page 1", parked.Header("bq-display-name"));
        Assert.InRange(DateTimeOffset.Parse(parked.Header("bq-failed-at")!, null), began.AddSeconds(-1), DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.Null(parked.Header("x-death"));
    }

    [Fact]
    public async Task A_fatal_task_is_parked_at_once_where_it_must_not_be_put_back()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (_, _) => Task.FromResult(Result.Fatal);

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective());

        RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
        Assert.Equal("Fatal", parked.Header("bq-result"));
        Assert.Single(node.Runs);
    }

    [Fact]
    public async Task A_requeued_task_comes_back_without_limit_through_the_delay_ladder()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(worker: worker => worker.Configure(options => options.MaxRequeueDelay = TimeSpan.FromSeconds(1)));
        node.Script.OnRun = (job, _) => Task.FromResult(job.Attempt <= 4 ? Result.Requeue : Result.Complete);

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 5 }, new AddTaskOptions { DisplayName = "again" });

        await node.HasRunAsync(5);
        Assert.Equal([1, 2, 3, 4, 5], node.Runs.Select(run => run.Attempt));
        Assert.All(node.Runs.Zip(node.Runs.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromSeconds(1)));
        // Without the bound the fourth would wait for 8 s.
        Assert.Equal(4, node.Log.Lines.Count(line => line.Contains("Requeue, runs again in 1.0 s", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_retried_task_runs_again_at_once_in_place_and_then_counts_as_failed()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (job, _) => Task.FromResult(job.Attempt == 1 ? Result.Retry : Result.Complete);

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective());

        await node.HasRunAsync(5);
        Assert.Equal([(1, 0), (1, 1), (1, 2), (1, 3), (2, 0)], node.Runs.Select(run => (run.Attempt, run.RetryCount)));
        Assert.True(node.Log.Contains("attempt 1: Retry 1 of 3, runs again at once. The processor returned Retry."));
        Assert.Contains(node.Log.Lines, line =>
            line.Contains("attempt 1: Fail, runs again in 1.", StringComparison.Ordinal) &&
            line.Contains("The processor returned Retry 4 times (MaxRetries 3), which counts as Fail.", StringComparison.Ordinal));
        Assert.False(node.Log.Contains("in 0.0 s"));
    }

    [Fact]
    public async Task A_task_parked_for_too_many_retries_says_how_many_and_why_the_last()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (_, _) => throw new TaskResultException(Result.Retry, "the file is locked");

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective());

        RawMessage parked = await Raw.ReceiveAsync(Names.Failed(QueueId));
        Assert.Equal("Fail", parked.Header("bq-result"));
        Assert.Equal(
            "The processor ended in Retry 4 times (MaxRetries 3), which counts as Fail. The last reason: the file is locked", parked.Header("bq-error-message"));
    }

    [Fact]
    public async Task An_aborted_task_comes_back_with_a_growing_hold_off_and_no_attempt_counted()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        int runs = 0;
        node.Script.OnRun = (_, _) => Task.FromResult(Interlocked.Increment(ref runs) < 4 ? Result.Abort : Result.Complete);

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective());

        await node.HasRunAsync(4);
        Assert.All(node.Runs, run => Assert.Equal(1, run.Attempt));
        TimeSpan[] pauses = [.. node.Runs.Zip(node.Runs.Skip(1), (first, second) => second.At - first.At)];
        Assert.True(pauses[0] >= TimeSpan.FromSeconds(1) && pauses[1] >= TimeSpan.FromSeconds(2) && pauses[2] >= TimeSpan.FromSeconds(4), string.Join(", ", pauses));
    }

    [Fact]
    public async Task A_task_put_back_by_an_operator_starts_at_attempt_one_and_counts_the_redrive()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (job, _) => Task.FromResult(job.Redrives == 2 && job.Attempt == 2 ? Result.Complete : job.Redrives == 2 ? Result.Requeue : Result.Fatal);
        TaskId id = await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 9 });

        for (int redrive = 1; redrive <= 2; redrive++)
        {
            RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
            Assert.Equal((redrive - 1).ToString(System.Globalization.CultureInfo.InvariantCulture), parked.Header("bq-redrives"));
            await Raw.PublishAsync(Queue(QueueId), parked.Properties, parked.Body);
        }

        await node.HasRunAsync(4);
        Assert.Equal([(1, 0), (1, 1), (1, 2), (2, 2)], node.Runs.Select(run => (run.Attempt, run.Redrives)));
        Assert.All(node.Runs, run => Assert.Equal(id, run.TaskId));
    }

    [Fact]
    public async Task No_more_tasks_run_at_a_time_than_the_queue_allows()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        int running = 0, most = 0;
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Script.OnRun = async (_, cancellationToken) =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            if (now == 4)
            {
                full.TrySetResult();
            }

            await full.Task.WaitAsync(cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            Interlocked.Decrement(ref running);
            return Result.Complete;
        };

        await Tasks.AddTasksAsync(Enumerable.Range(0, 60).Select(number => new NewTask(QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));

        await node.HasRunAsync(60);
        Assert.Equal(4, most);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref target)) && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }

    private async Task NothingLeftAsync()
    {
        foreach (string queue in new[] { Queue(QueueId), Names.Failed(QueueId), Names.Fatal(QueueId), Names.Incompatible(QueueId) })
        {
            Assert.Equal(0u, await Raw.CountAsync(queue));
        }
    }
}

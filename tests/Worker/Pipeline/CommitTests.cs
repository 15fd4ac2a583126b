using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class CommitTests
{
    private readonly RunBench _bench = new();

    private ValueTask<ExecutionOutcome> RunAsync(Func<ITaskProcessingJob, CancellationToken, Task> body, TransactionMode mode = TransactionMode.Hybrid, TimeSpan? timeout = null) =>
        _bench.RunAsync(Processor.Of(body, mode, timeout));

    [Fact]
    public async Task A_Hybrid_processor_that_commits_is_complete() =>
        Assert.Equal(new ExecutionOutcome(Complete, null, null), await RunAsync((job, token) => job.CommitAsync(token)));

    [Fact]
    public async Task A_Hybrid_processor_that_completes_without_a_commit_is_a_Fail_that_says_what_to_write()
    {
        ExecutionOutcome outcome = await RunAsync((_, _) => Task.CompletedTask);
        Assert.Equal(Fail, outcome.Result);
        Assert.IsType<InvalidOperationException>(outcome.Error);
        Assert.Equal(
            "The processor of 'Send' in queue 'orders' returned without a commit. End it with 'await job.CommitAsync(cancellationToken);', " +
            "or declare TransactionMode = TransactionMode.Unsafe on its [TaskProcessor].",
            outcome.Message);
    }

    [Theory]
    [InlineData(TransactionMode.Full)]
    [InlineData(TransactionMode.Unsafe)]
    public async Task Other_modes_may_commit_and_need_not(TransactionMode mode)
    {
        Assert.Equal(Complete, (await RunAsync((_, _) => Task.CompletedTask, mode)).Result);
        Assert.Equal(Complete, (await RunAsync((job, token) => job.CommitAsync(token), mode)).Result);
    }

    [Theory]
    [InlineData(Fail)]
    [InlineData(Fatal)]
    [InlineData(Requeue)]
    [InlineData(Retry)]
    [InlineData(Cancel)]
    [InlineData(Abort)]
    public async Task A_Hybrid_processor_that_does_not_complete_needs_no_commit(TaskProcessingJobResult result) =>
        Assert.Equal(result, (await _bench.RunAsync(Processor.Returning(result, TransactionMode.Hybrid))).Result);

    [Fact]
    public async Task The_action_is_told_whose_work_it_commits()
    {
        (string, string, int)? seen = null;
        await _bench.RunAsync(
            Processor.Of(
                (job, token) => job.CommitAsync(
                    (transaction, _) =>
                    {
                        seen = (transaction.TaskId.Value, transaction.QueueId, transaction.Attempt);
                        return Task.CompletedTask;
                    },
                    token),
                TransactionMode.Hybrid),
            null, 0, ("bq-attempt", 3));
        Assert.Equal(("task-1", "orders", 3), seen);
    }

    [Fact]
    public async Task A_second_commit_is_refused_and_the_first_stands()
    {
        Exception? second = null;
        ExecutionOutcome outcome = await RunAsync(async (job, token) =>
        {
            await job.CommitAsync(token);
            second = await Record.ExceptionAsync(() => job.CommitAsync(token));
        });
        Assert.Equal(Complete, outcome.Result);
        Assert.IsType<InvalidOperationException>(second);
        Assert.Contains("task-1 is committed already", second.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_commit_beside_the_first_is_refused_and_its_action_does_not_run()
    {
        bool ran = false;
        Exception? second = null;
        ExecutionOutcome outcome = await RunAsync((job, token) => job.CommitAsync(
            async (_, _) => second = await Record.ExceptionAsync(() => job.CommitAsync(
                (_, _) =>
                {
                    ran = true;
                    return Task.CompletedTask;
                },
                token)),
            token));
        Assert.Equal(Complete, outcome.Result);
        Assert.IsType<InvalidOperationException>(second);
        Assert.False(ran);
    }

    [Fact]
    public async Task After_the_job_is_aborted_a_commit_fails_and_its_action_does_not_run()
    {
        bool ran = false;
        ExecutionOutcome outcome = await RunAsync(async (job, _) =>
        {
            await _bench.AbortAsync();
            await job.CommitAsync(
                (_, _) =>
                {
                    ran = true;
                    return Task.CompletedTask;
                },
                CancellationToken.None);
        });
        Assert.Equal(Abort, outcome.Result);
        Assert.False(ran);
    }

    [Fact]
    public async Task A_job_that_is_aborted_during_its_commit_has_not_committed()
    {
        ExecutionOutcome outcome = await RunAsync((job, token) => job.CommitAsync((_, _) => _bench.AbortAsync(), token));
        Assert.Equal(Abort, outcome.Result);
    }

    [Fact]
    public async Task A_Hybrid_processor_that_gives_up_without_a_word_when_aborted_is_an_Abort()
    {
        ExecutionOutcome outcome = await RunAsync((_, _) => _bench.AbortAsync());
        Assert.Equal(Abort, outcome.Result);
    }

    [Fact]
    public async Task What_has_committed_stays_complete_when_the_job_is_aborted_afterwards()
    {
        ExecutionOutcome outcome = await RunAsync(async (job, token) =>
        {
            await job.CommitAsync(token);
            await _bench.AbortAsync();
        });
        Assert.Equal(Complete, outcome.Result);
    }

    [Fact]
    public async Task A_commit_that_failed_may_be_tried_again()
    {
        int tries = 0;
        ExecutionOutcome outcome = await RunAsync(async (job, token) =>
        {
            Task Action(ITaskTransaction transaction, CancellationToken ct) => ++tries == 1 ? throw new IOException("Deadlock.") : Task.CompletedTask;
            await Assert.ThrowsAsync<IOException>(() => job.CommitAsync(Action, token));
            await job.CommitAsync(Action, token);
        });
        Assert.Equal((Complete, 2), (outcome.Result, tries));
    }

    [Fact]
    public async Task A_commit_that_failed_and_was_swallowed_is_no_commit()
    {
        ExecutionOutcome outcome = await RunAsync((job, token) => Record.ExceptionAsync(() => job.CommitAsync((_, _) => throw new IOException(), token)));
        Assert.Equal(Fail, outcome.Result);
        Assert.Contains("without a commit", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_fails_is_judged_by_the_rules()
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            (job, token) => job.CommitAsync((_, _) => throw new IOException(), token), TransactionMode.Hybrid, method: [new(Requeue, typeof(IOException))]));
        Assert.Equal(Requeue, outcome.Result);
    }

    [Fact]
    public async Task A_commit_after_the_processor_has_returned_is_refused_and_its_action_does_not_run()
    {
        ITaskProcessingJob? kept = null;
        await RunAsync(
            (job, _) =>
            {
                kept = job;
                return Task.CompletedTask;
            },
            TransactionMode.Unsafe);
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => kept!.CommitAsync((_, _) => throw new IOException("ran")));
        Assert.Contains("Await CommitAsync before returning", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_that_takes_90_seconds_is_cancelled_and_does_not_count()
    {
        ExecutionOutcome outcome = await RunAsync((job, token) => job.CommitAsync(
            (_, ct) =>
            {
                _bench.Time.Advance(TimeSpan.FromSeconds(90) - TimeSpan.FromTicks(1));
                Assert.False(ct.IsCancellationRequested);
                _bench.Time.Advance(TimeSpan.FromTicks(1));
                ct.ThrowIfCancellationRequested();
                return Task.CompletedTask;
            },
            token));
        Assert.Equal((Fail, typeof(TimeoutException)), (outcome.Result, outcome.Error?.GetType()));
        Assert.Contains("took longer than 90 s", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_that_pays_no_heed_to_its_token_does_not_count_either()
    {
        ExecutionOutcome outcome = await RunAsync((job, token) => job.CommitAsync(
            (_, _) =>
            {
                _bench.Time.Advance(TimeSpan.FromSeconds(91));
                return Task.CompletedTask;
            },
            token));
        Assert.Equal(typeof(TimeoutException), outcome.Error?.GetType());
    }

    [Fact]
    public async Task The_action_is_cancelled_with_the_processor_s_Timeout()
    {
        ExecutionOutcome outcome = await RunAsync(
            (job, _) => job.CommitAsync(
                (_, ct) =>
                {
                    _bench.Time.Advance(TimeSpan.FromSeconds(10));
                    ct.ThrowIfCancellationRequested();
                    return Task.CompletedTask;
                },
                CancellationToken.None),
            timeout: TimeSpan.FromSeconds(10));
        Assert.Equal(Fail, outcome.Result);
        Assert.Contains("limit of 00:00:10", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_Timeout_a_commit_fails()
    {
        ExecutionOutcome outcome = await RunAsync(
            (job, _) =>
            {
                _bench.Time.Advance(TimeSpan.FromSeconds(10));
                return job.CommitAsync(CancellationToken.None);
            },
            timeout: TimeSpan.FromSeconds(10));
        Assert.Equal(typeof(TimeoutException), outcome.Error?.GetType());
    }

    [Fact]
    public async Task A_token_of_the_caller_cancels_the_commit_before_and_during_the_action()
    {
        using var cancelled = new CancellationTokenSource();
        ExecutionOutcome outcome = await RunAsync(async (job, token) =>
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.CommitAsync(
                async (_, ct) =>
                {
                    await cancelled.CancelAsync();
                    ct.ThrowIfCancellationRequested();
                },
                cancelled.Token));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.CommitAsync(cancelled.Token));
            await job.CommitAsync(token);
        });
        Assert.Equal(Complete, outcome.Result);
    }

    [Fact]
    public async Task A_commit_without_its_action_is_an_error() =>
        Assert.IsType<ArgumentNullException>((await RunAsync((job, token) => job.CommitAsync(null!, token))).Error);
}

using System.Diagnostics;
using System.Reflection;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using Microsoft.Extensions.DependencyInjection;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class RunStepTests
{
    private static readonly TimeSpan s_moment = TimeSpan.FromTicks(1);

    private readonly RunBench _bench = new();

    [Theory]
    [InlineData(Complete)]
    [InlineData(Fail)]
    [InlineData(Fatal)]
    [InlineData(Requeue)]
    [InlineData(Retry)]
    [InlineData(Cancel)]
    [InlineData(Abort)]
    public async Task The_result_a_processor_returns_is_the_result(TaskProcessingJobResult result)
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Returning(result));
        Assert.Equal(new ExecutionOutcome(result, null, result == Complete ? null : $"The processor returned {result}."), outcome);
    }

    [Fact]
    public async Task A_result_that_does_not_exist_is_a_Fail_that_says_so()
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Returning((TaskProcessingJobResult)42));
        Assert.Equal(Fail, outcome.Result);
        Assert.Contains("returned 42", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Complete)]
    [InlineData(Fail)]
    [InlineData(Fatal)]
    [InlineData(Requeue)]
    [InlineData(Retry)]
    [InlineData(Cancel)]
    [InlineData(Abort)]
    public async Task A_TaskResultException_names_its_result_whatever_the_rules_say(TaskProcessingJobResult result)
    {
        var thrown = new TaskResultException(result, "Because.");
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Throwing(thrown, [new(Cancel, typeof(Exception)), new(Cancel, "hresult:0x80131500")]));
        Assert.Equal(new ExecutionOutcome(result, thrown, "Because."), outcome);
    }

    [Fact]
    public async Task Any_other_exception_is_the_default_result_with_its_message()
    {
        var thrown = new IOException("The disk is full.");
        Assert.Equal(new ExecutionOutcome(Fail, thrown, "The disk is full."), await _bench.RunAsync(Processor.Throwing(thrown)));
        _bench.Options.DefaultExceptionResult = Fatal;
        Assert.Equal(Fatal, (await _bench.RunAsync(Processor.Throwing(thrown))).Result);
    }

    [Fact]
    public async Task Wrappers_are_taken_off_before_an_exception_is_judged_and_reported()
    {
        var inner = new TaskResultException(Requeue, "Later.");
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Throwing(new AggregateException(new TargetInvocationException(inner))));
        Assert.Equal(new ExecutionOutcome(Requeue, inner, "Later."), outcome);
    }

    [Fact]
    public async Task A_processor_that_throws_before_it_returns_a_task_is_judged_the_same()
    {
        var thrown = new IOException("At once.");
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of((_, _, _) => throw thrown));
        Assert.Equal(new ExecutionOutcome(Fail, thrown, "At once."), outcome);
    }

    // Cancellation

    [Fact]
    public async Task A_cancellation_while_the_job_is_aborted_is_an_Abort_whatever_the_rules_say()
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            async (_, token) =>
            {
                await _bench.AbortAsync();
                token.ThrowIfCancellationRequested();
            },
            method: [new(Fatal, typeof(OperationCanceledException))]));
        Assert.Equal(Abort, outcome.Result);
    }

    [Fact]
    public async Task A_wrapped_cancellation_while_the_job_is_aborted_is_an_Abort()
    {
        await _bench.AbortAsync();
        Assert.Equal(Abort, (await _bench.RunAsync(Processor.Throwing(new AggregateException(new TaskCanceledException())))).Result);
    }

    [Fact]
    public async Task A_cancellation_of_something_else_is_an_exception_like_any_other()
    {
        Assert.Equal(Fail, (await _bench.RunAsync(Processor.Throwing(new OperationCanceledException()))).Result);
        Assert.Equal(Requeue, (await _bench.RunAsync(Processor.Throwing(new TaskCanceledException(), [new(Requeue, typeof(OperationCanceledException))]))).Result);
    }

    [Fact]
    public async Task Another_exception_while_the_job_is_aborted_is_judged_by_the_rules()
    {
        await _bench.AbortAsync();
        Assert.Equal(Fatal, (await _bench.RunAsync(Processor.Throwing(new IOException(), [new(Fatal, typeof(IOException))]))).Result);
    }

    [Fact]
    public async Task The_token_and_JobAborted_fire_together()
    {
        bool? before = null;
        bool? after = null;
        await _bench.RunAsync(Processor.Of(async (job, token) =>
        {
            before = token.IsCancellationRequested || job.JobAborted.IsCancellationRequested;
            await _bench.AbortAsync();
            after = token.IsCancellationRequested && job.JobAborted.IsCancellationRequested;
        }));
        Assert.Equal((false, true), (before, after));
    }

    // Limits of time

    [Fact]
    public async Task A_rule_for_TimeoutException_is_asked_where_the_Timeout_has_passed()
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            (_, token) =>
            {
                _bench.Time.Advance(TimeSpan.FromMinutes(5));
                token.ThrowIfCancellationRequested();
                return Task.CompletedTask;
            },
            timeout: TimeSpan.FromMinutes(5), method: [new(Requeue, typeof(TimeoutException))]));
        Assert.Equal(Requeue, outcome.Result);
        Assert.IsType<TimeoutException>(outcome.Error);
    }

    [Fact]
    public async Task Past_its_Timeout_the_token_fires_and_the_result_is_a_Fail_by_TimeoutException()
    {
        var timeout = TimeSpan.FromMinutes(5);
        bool early = true;
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            (job, token) =>
            {
                _bench.Time.Advance(timeout - s_moment);
                early = token.IsCancellationRequested;
                _bench.Time.Advance(s_moment);
                Assert.False(job.JobAborted.IsCancellationRequested);
                token.ThrowIfCancellationRequested();
                return Task.CompletedTask;
            },
            timeout: timeout, method: [new(Cancel, typeof(OperationCanceledException))]));
        Assert.False(early);
        Assert.Equal(Fail, outcome.Result);
        Assert.IsType<TimeoutException>(outcome.Error);
        Assert.IsAssignableFrom<OperationCanceledException>(outcome.Error.InnerException);
        Assert.Contains("'Send' in queue 'orders' took longer than its limit of 00:05:00", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Complete)]
    [InlineData(Cancel)]
    public async Task A_processor_that_pays_no_heed_to_its_token_is_a_Fail_all_the_same(TaskProcessingJobResult result)
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            (_, _, _) =>
            {
                _bench.Time.Advance(TimeSpan.FromSeconds(2));
                return ValueTask.FromResult(result);
            },
            timeout: TimeSpan.FromSeconds(1)));
        Assert.Equal((Fail, typeof(TimeoutException)), (outcome.Result, outcome.Error?.GetType()));
    }

    [Fact]
    public async Task Another_exception_past_the_limit_is_judged_by_the_rules()
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            (_, _) =>
            {
                _bench.Time.Advance(TimeSpan.FromSeconds(2));
                throw new IOException();
            },
            timeout: TimeSpan.FromSeconds(1), method: [new(Fatal, typeof(IOException))]));
        Assert.Equal(Fatal, outcome.Result);
    }

    [Fact]
    public async Task What_has_committed_in_time_may_end_late()
    {
        ProcessorDescriptor processor = Processor.Of(
            async (job, token) =>
            {
                await job.CommitAsync(token);
                _bench.Time.Advance(TimeSpan.FromSeconds(2));
                Assert.True(token.IsCancellationRequested);
            },
            TransactionMode.Hybrid, TimeSpan.FromSeconds(1));
        Assert.Equal(Complete, (await _bench.RunAsync(processor)).Result);
    }

    [Theory]
    [InlineData(null, 90)]
    [InlineData(30, 30)]
    [InlineData(89, 89)]
    [InlineData(300, 90)]
    public async Task A_Full_processor_has_90_seconds_or_its_own_shorter_Timeout(int? timeout, int expected)
    {
        bool early = true;
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            (_, token) =>
            {
                _bench.Time.Advance(TimeSpan.FromSeconds(expected) - s_moment);
                early = token.IsCancellationRequested;
                _bench.Time.Advance(s_moment);
                token.ThrowIfCancellationRequested();
                return Task.CompletedTask;
            },
            TransactionMode.Full, timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null));
        Assert.False(early);
        Assert.Equal((Fail, typeof(TimeoutException)), (outcome.Result, outcome.Error?.GetType()));
    }

    [Theory]
    [InlineData(TransactionMode.Hybrid)]
    [InlineData(TransactionMode.Unsafe)]
    public async Task Other_processors_have_no_limit_of_their_own(TransactionMode mode)
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            async (job, token) =>
            {
                _bench.Time.Advance(TimeSpan.FromDays(6));
                await job.CommitAsync(token);
            },
            mode));
        Assert.Equal(Complete, outcome.Result);
    }

    // Scopes

    private sealed class Scoped : IAsyncDisposable
    {
        public bool Disposed { get; private set; }

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Target(Scoped scoped, Scoped same)
    {
        public Scoped Scoped { get; } = scoped;

        public bool OneScope => ReferenceEquals(Scoped, same);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_execution_has_a_scope_of_its_own_that_ends_with_it(bool fails)
    {
        _bench.With(services => services.AddScoped<Scoped>().AddScoped<Target>());
        var targets = new List<Target>();
        ProcessorDescriptor processor = Processor.Of(
            async (target, _, _) =>
            {
                targets.Add((Target)target!);
                Assert.True(targets[^1].OneScope);
                await Task.Yield();
                Assert.False(targets[^1].Scoped.Disposed);
                return fails ? throw new IOException() : Complete;
            },
            target: typeof(Target));

        TaskProcessingJobResult expected = fails ? Fail : Complete;
        Assert.Equal(expected, (await _bench.RunAsync(processor)).Result);
        Assert.True(targets[0].Scoped.Disposed);
        Assert.Equal(expected, (await _bench.RunAsync(processor)).Result);
        Assert.True(targets[1].Scoped.Disposed);
        Assert.NotSame(targets[0].Scoped, targets[1].Scoped);
    }

    private sealed class FailsToDispose : IDisposable
    {
        public void Dispose() => throw new IOException("Cannot close.");
    }

    [Fact]
    public async Task What_fails_while_cleaning_up_is_logged_and_changes_no_result()
    {
        _bench.With(services => services.AddScoped<FailsToDispose>());
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of((_, _, _) => ValueTask.FromResult(Complete), target: typeof(FailsToDispose)));
        Assert.Equal(Complete, outcome.Result);
        Assert.Equal((506, "Cannot close."), (_bench.Log.Single().Event, _bench.Log.Single().Error?.Message));
    }

    private sealed class ThrowsInConstructor
    {
        public ThrowsInConstructor() => throw new IOException("No connection.");
    }

    [Fact]
    public async Task A_constructor_that_throws_is_judged_by_the_rules()
    {
        _bench.With(services => services.AddScoped<ThrowsInConstructor>());
        ExecutionOutcome outcome = await _bench.RunAsync(
            Processor.Of((_, _, _) => ValueTask.FromResult(Complete), target: typeof(ThrowsInConstructor), method: [new(Requeue, typeof(IOException))]));
        Assert.Equal((Requeue, "No connection."), (outcome.Result, outcome.Message));
    }

    [Fact]
    public async Task A_service_that_nobody_registered_is_a_Fail_that_names_it()
    {
        _bench.With(services => services.AddScoped<Target>());
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of((_, _, _) => ValueTask.FromResult(Complete), target: typeof(Target)));
        Assert.Equal(Fail, outcome.Result);
        Assert.Contains(nameof(Scoped), outcome.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Target), outcome.Message, StringComparison.Ordinal);
    }

    // What a job knows

    [Fact]
    public async Task The_job_says_all_that_the_message_says()
    {
        var directive = new Order { Number = 42 };
        ExecutionOutcome outcome = await _bench.RunAsync(
            Processor.Of((job, _) =>
            {
                Assert.Equal(("task-1", "orders", "Send"), (job.TaskId.Value, job.QueueId, job.TaskType));
                Assert.Equal((3, 2, 1), (job.Attempt, job.RetryCount, job.Redrives));
                Assert.Equal(("Order 42", "parent"), (job.DisplayName, job.CorrelationId));
                Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), job.CreatedAt);
                Assert.Same(directive, ((ITaskProcessingJob<Order>)job).Directive);
                return Task.CompletedTask;
            }),
            directive, retryCount: 2, ("bq-attempt", 3), ("bq-redrives", 1), ("bq-display-name", "Order 42"));
        Assert.Null(outcome.Error);
    }

    [Fact]
    public async Task A_task_without_a_body_has_an_empty_directive()
    {
        Order? seen = null;
        await _bench.RunAsync(Processor.Of((job, _) =>
        {
            seen = ((ITaskProcessingJob<Order>)job).Directive;
            return Task.CompletedTask;
        }));
        Assert.Equal(0, seen?.Number);
    }

    [Fact]
    public async Task Tasks_added_inside_name_the_task_that_runs_and_tasks_added_after_do_not()
    {
        string? inside = null;
        await _bench.RunAsync(Processor.Of(async (_, _) =>
        {
            await Task.Yield();
            inside = ExecutingTask.Current?.TaskId.Value;
        }));
        Assert.Equal("task-1", inside);
        Assert.Null(ExecutingTask.Current);
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c")]
    [InlineData("nonsense", null)]
    public async Task The_trace_of_the_publisher_goes_on_where_it_can_be_read(string traceParent, string? traceId)
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "BrokerQueues",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        Activity? seen = null;
        ExecutionOutcome outcome = await _bench.RunAsync(
            Processor.Of((_, _) =>
            {
                seen = Activity.Current;
                return Task.CompletedTask;
            }),
            null, 0, ("traceparent", traceParent));
        Assert.Equal(Complete, outcome.Result);
        Assert.NotNull(seen);
        Assert.Equal("task-1", seen.GetTagItem("messaging.message.id"));
        Assert.Equal(traceId ?? seen.TraceId.ToHexString(), seen.TraceId.ToHexString());
        Assert.Equal(traceId is not null, seen.HasRemoteParent);
    }
}

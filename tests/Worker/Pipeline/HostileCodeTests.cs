using System.Diagnostics;
using BrokerQueues.Tests;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using Microsoft.Extensions.DependencyInjection;
using static BrokerQueues.TaskProcessingJobResult;

#pragma warning disable MA0022 // Returning no task is what is tried here.
namespace BrokerQueues.Worker.Tests.Pipeline;

/// <summary>Whatever code of the user throws, an execution ends with an outcome.</summary>
public sealed class HostileCodeTests
{
    private readonly RunBench _bench = new();

    public static TheoryData<Exception> Exceptions => HostileExceptions.All;

    [Theory]
    [MemberData(nameof(Exceptions))]
    public async Task An_exception_that_cannot_be_read_means_what_the_rules_say(Exception exception)
    {
        Type judged = ExceptionClassifier.Unwrap(exception).GetType();

        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Throwing(exception, [new(Requeue, judged)]));

        Assert.Equal((Requeue, judged), (outcome.Result, outcome.Error!.GetType()));
        Assert.NotEmpty(outcome.Message!);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_said_to_be_so() =>
        Assert.Equal("(message not readable)", (await _bench.RunAsync(Processor.Throwing(new HostileExceptions.Nothing()))).Message);

    [Fact]
    public async Task An_exception_nested_without_end_is_judged()
    {
        Exception nested = new IOException("at the bottom");
        for (int depth = 0; depth < 100_000; depth++)
        {
            nested = new AggregateException("", nested);
        }

        Assert.IsType<IOException>((await _bench.RunAsync(Processor.Throwing(nested))).Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(int.MinValue)]
    public async Task A_result_that_does_not_exist_is_a_failure_thrown_or_returned(int number)
    {
        var unknown = (TaskProcessingJobResult)(number == 0 ? -1 : number);
        Assert.Equal(Fail, (await _bench.RunAsync(Processor.Returning(unknown))).Result);
        ExecutionOutcome thrown = await _bench.RunAsync(Processor.Throwing(new TaskResultException(unknown, "why")));
        Assert.Equal(Fail, thrown.Result);
        Assert.Contains("is no TaskProcessingJobResult: why", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Codes_without_an_end_or_without_a_text_do_not_hold_up_the_judgement()
    {
        _bench.ErrorCodes.Clear();
        _bench.ErrorCodes.AddRange([new EndlessCodes(), new NullCodes(), new HttpErrorCodes()]);
        var exception = new HttpRequestException("http", null, System.Net.HttpStatusCode.TooManyRequests);
        Assert.Equal(Requeue, (await _bench.RunAsync(Processor.Throwing(exception, [new(Requeue, "http:429")]))).Result);
    }

    // Out of the framework's own timer it ended the process.
    [Theory]
    [InlineData(TransactionMode.Unsafe)]
    [InlineData(TransactionMode.Full)]
    public async Task What_is_registered_with_the_token_may_throw_when_the_time_is_over(TransactionMode mode)
    {
        var registered = new TaskCompletionSource();
        ValueTask<ExecutionOutcome> running = _bench.RunAsync(Processor.Of(
            async (job, token) =>
            {
                token.Register(() => throw new InvalidOperationException("from the registration"));
                registered.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            },
            mode,
            TimeSpan.FromSeconds(1)));
        await registered.Task;

        _bench.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.IsType<TimeoutException>((await running).Error);
    }

    [Fact]
    public async Task What_is_registered_with_the_token_of_a_commit_may_throw_when_its_time_is_over()
    {
        var registered = new TaskCompletionSource();
        ValueTask<ExecutionOutcome> running = _bench.RunAsync(Processor.Of((job, token) => job.CommitAsync(
            async (_, ct) =>
            {
                ct.Register(() => throw new InvalidOperationException("from the registration"));
                registered.SetResult();
                await Task.Delay(Timeout.Infinite, ct);
            },
            token)));
        await registered.Task;

        _bench.Time.Advance(TimeSpan.FromSeconds(91));

        Assert.IsType<TimeoutException>((await running).Error);
    }

    [Fact]
    public async Task A_commit_whose_action_returns_no_task_fails_and_says_what_to_return()
    {
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of((job, token) => job.CommitAsync((_, _) => null!, token), TransactionMode.Hybrid));
        Assert.Contains("Return its Task, or Task.CompletedTask", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_processor_that_returns_no_task_fails_and_is_told_what_to_return()
    {
        foreach (string method in new[] { nameof(Taskless.NoTask), nameof(Taskless.NoResult) })
        {
            var mistakes = new List<string>();
            (ProcessorInvoker invoke, _, _) = ProcessorBinder.Bind(typeof(Taskless).GetMethod(method)!, mistakes)!.Value;
            ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(invoke));
            Assert.Equal(Fail, outcome.Result);
            Assert.Contains("returned null where it should return a Task", outcome.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_fails_while_the_scope_is_disposed_changes_nothing()
    {
        RunBench bench = _bench.With(services => services.AddTransient<ThrowingDispose>().AddTransient<ThrowingAsyncDispose>().AddScoped<Broken>());
        Assert.Equal(Complete, (await bench.RunAsync(Processor.Of((_, _, _) => ValueTask.FromResult(Complete), target: typeof(ThrowingDispose)))).Result);
        Assert.Equal(Complete, (await bench.RunAsync(Processor.Of((_, _, _) => ValueTask.FromResult(Complete), target: typeof(ThrowingAsyncDispose)))).Result);
        Assert.Equal(Fail, (await bench.RunAsync(Processor.Of((_, _, _) => ValueTask.FromResult(Complete), target: typeof(Broken)))).Result);
        Assert.All(bench.Log, line => Assert.Equal(506, line.Event));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_listener_of_the_activity_source_that_throws_changes_nothing(bool atStart)
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "BrokerQueues",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity => ThrowIfOurs(activity, atStart),
            ActivityStopped = activity => ThrowIfOurs(activity, !atStart),
        };
        ActivitySource.AddActivityListener(listener);

        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Returning(Complete) with { QueueId = "listened.to" });

        Assert.Equal(Complete, outcome.Result);
        Assert.Contains(_bench.Log, line => line.Event == 513);

        static void ThrowIfOurs(Activity activity, bool now)
        {
            if (now && activity.OperationName.EndsWith(" listened.to", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("from the listener");
            }
        }
    }

    private sealed class EndlessCodes : IErrorCodeProvider
    {
        public IEnumerable<string> GetErrorCodes(Exception exception)
        {
            while (true)
            {
                yield return null!;
            }
        }
    }

    private sealed class NullCodes : IErrorCodeProvider
    {
        public IEnumerable<string> GetErrorCodes(Exception exception) => null!;
    }

    private static class Taskless
    {
        public static Task NoTask(ITaskProcessingJob job) => null!;

        public static Task<TaskProcessingJobResult> NoResult(ITaskProcessingJob job) => null!;
    }

    private sealed class ThrowingDispose : IDisposable
    {
        public void Dispose() => throw new InvalidOperationException("from Dispose");
    }

    private sealed class ThrowingAsyncDispose : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            throw new HostileExceptions.Nothing();
        }
    }

    private sealed class Broken
    {
        public Broken() => throw new HostileExceptions.Nothing();
    }
}

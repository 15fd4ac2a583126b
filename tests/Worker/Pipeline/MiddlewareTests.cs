using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Results;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class MiddlewareTests
{
    private readonly RunBench _bench = new();
    private readonly List<string> _order = [];

    [Fact]
    public async Task The_first_is_the_outermost_and_each_sees_job_processor_and_result()
    {
        _bench.Middleware.Add(new Around(_order, "first"));
        _bench.Middleware.Add(new Around(_order, "second"));
        ExecutionOutcome outcome = await _bench.RunAsync(Told(Cancel));

        Assert.Equal(Cancel, outcome.Result);
        Assert.Equal(["first begins task-1 Send", "second begins task-1 Send", "processor", "second ends Cancel", "first ends Cancel"], _order);
    }

    [Fact]
    public async Task One_that_does_not_go_on_leaves_the_processor_out()
    {
        _bench.Middleware.Add(new Deciding((_, _, _, _) => ValueTask.FromResult(Cancel)));
        Assert.Equal(Cancel, (await _bench.RunAsync(Told(Complete))).Result);
        Assert.Empty(_order);
    }

    [Fact]
    public async Task Completing_in_place_of_a_Hybrid_processor_needs_a_commit_as_anywhere()
    {
        var bare = new RunBench();
        bare.Middleware.Add(new Deciding((_, _, _, _) => ValueTask.FromResult(Complete)));
        Assert.Equal(Fail, (await bare.RunAsync(Processor.Returning(Complete, TransactionMode.Hybrid))).Result);

        _bench.Middleware.Add(new Deciding(async (job, _, _, token) =>
        {
            await job.CommitAsync(token);
            return Complete;
        }));
        Assert.Equal(Complete, (await _bench.RunAsync(Processor.Returning(Complete, TransactionMode.Hybrid))).Result);
    }

    [Fact]
    public async Task It_may_change_the_result_and_swallow_an_exception()
    {
        _bench.Middleware.Add(new Deciding(async (job, _, next, token) =>
        {
            try
            {
                return await next(job, token);
            }
            catch (IOException)
            {
                return Requeue;
            }
        }));
        Assert.Equal(Requeue, (await _bench.RunAsync(Processor.Throwing(new IOException("The disk is full.")))).Result);
    }

    [Fact]
    public async Task What_it_throws_is_judged_by_the_rules_of_the_processor()
    {
        var thrown = new IOException("not today");
        _bench.Middleware.Add(new Deciding((_, _, _, _) => throw thrown));
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of((_, _) => Task.CompletedTask, method: [new(Fatal, typeof(IOException))]));
        Assert.Equal(new ExecutionOutcome(Fatal, thrown, "not today"), outcome);
    }

    [Fact]
    public async Task A_token_that_it_narrows_reaches_the_processor()
    {
        _bench.Middleware.Add(new Deciding(async (job, _, next, token) =>
        {
            using var narrower = CancellationTokenSource.CreateLinkedTokenSource(token);
            await narrower.CancelAsync();
            return await next(job, narrower.Token);
        }));
        bool cancelled = false;
        await _bench.RunAsync(Processor.Of((_, token) =>
        {
            cancelled = token.IsCancellationRequested;
            return Task.CompletedTask;
        }));
        Assert.True(cancelled);
    }

    [Fact]
    public async Task Another_job_is_refused()
    {
        _bench.Middleware.Add(new Deciding((_, _, next, token) => next(null!, token)));
        ExecutionOutcome outcome = await _bench.RunAsync(Told(Complete));
        Assert.Equal(Fail, outcome.Result);
        Assert.Contains("Pass on the job", outcome.Message, StringComparison.Ordinal);
        Assert.Empty(_order);
    }

    [Fact]
    public async Task Every_line_of_a_processor_stands_in_the_scope_of_its_task()
    {
        await _bench.RunAsync(Told(Complete), headers: ("bq-attempt", 3));
        var scope = Assert.IsAssignableFrom<IReadOnlyList<KeyValuePair<string, object?>>>(Assert.Single(_bench.Scopes));
        Assert.Equal([new("TaskId", "task-1"), new("QueueId", "orders"), new("TaskType", "Send"), new("Attempt", 3)], scope);
        Assert.Equal("TaskId:task-1 QueueId:orders TaskType:Send Attempt:3", scope.ToString());
    }

    private ProcessorDescriptor Told(TaskProcessingJobResult result) => Processor.Of((_, _, _) =>
    {
        _order.Add("processor");
        return ValueTask.FromResult(result);
    });

    private sealed class Around(List<string> order, string name) : ITaskMiddleware
    {
        public async ValueTask<TaskProcessingJobResult> ExecuteAsync(
            ITaskProcessingJob job, ITaskProcessorInfo processor, TaskMiddlewareDelegate next, CancellationToken cancellationToken)
        {
            order.Add($"{name} begins {job.TaskId} {processor.TaskType}");
            TaskProcessingJobResult result = await next(job, cancellationToken);
            order.Add($"{name} ends {result}");
            return result;
        }
    }

    private sealed class Deciding(
        Func<ITaskProcessingJob, ITaskProcessorInfo, TaskMiddlewareDelegate, CancellationToken, ValueTask<TaskProcessingJobResult>> decide) : ITaskMiddleware
    {
        public ValueTask<TaskProcessingJobResult> ExecuteAsync(
            ITaskProcessingJob job, ITaskProcessorInfo processor, TaskMiddlewareDelegate next, CancellationToken cancellationToken) =>
            decide(job, processor, next, cancellationToken);
    }
}

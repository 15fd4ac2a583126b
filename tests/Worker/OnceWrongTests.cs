using System.Text;
using BrokerQueues.Broker;
using BrokerQueues.Broker.Hosting;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using BrokerQueues.Worker.Tests.Discovery;
using BrokerQueues.Worker.Tests.Pipeline;
using Newtonsoft.Json;
using RabbitMQ.Client;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests;

/// <summary>What was once wrong, each with a sentence on what it led to.</summary>
public sealed class OnceWrongTests
{
    private readonly RunBench _bench = new();

    // The slot threw, and the delivery went back to its queue once a second for ever.
    [Fact]
    public async Task A_directive_whose_constructor_throws_is_a_failed_execution()
    {
        ProcessorDescriptor processor = Processor.Of((_, _) => Task.CompletedTask) with { CreateJob = JobFactory.For(typeof(Stillborn)), DirectiveType = typeof(Stillborn) };
        Assert.Equal(Fail, (await _bench.RunAsync(processor)).Result);
    }

    [Fact]
    public async Task An_exception_is_judged_although_a_provider_of_error_codes_throws()
    {
        _bench.ErrorCodes.Insert(0, new ThrowingCodes());
        Assert.Equal(Fail, (await _bench.RunAsync(Processor.Throwing(new IOException(), [new(Requeue, "http:1")]))).Result);
    }

    // Acknowledged although nothing had been committed.
    [Fact]
    public async Task Complete_by_exception_needs_a_commit_too() =>
        Assert.Equal(Fail, (await _bench.RunAsync(Processor.Of((_, _) => throw new TaskResultException(Complete, "done"), TransactionMode.Hybrid))).Result);

    // The task was judged a failure, run again, and the first commit took effect as well.
    [Fact]
    public async Task A_commit_that_was_not_awaited_fails_once_the_task_is_judged()
    {
        var gate = new TaskCompletionSource();
        Task? commit = null;
        ITaskProcessingJob? kept = null;
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Of(
            (job, token) =>
            {
                kept = job;
                commit = job.CommitAsync((_, _) => gate.Task, token);
                return Task.CompletedTask;
            },
            TransactionMode.Hybrid));

        Assert.Equal(Fail, outcome.Result);
        gate.SetResult();
        await Assert.ThrowsAsync<InvalidOperationException>(() => commit!);
        await Assert.ThrowsAsync<InvalidOperationException>(() => kept!.CommitAsync());
    }

    // Committed work was run again.
    [Fact]
    public async Task A_cancellation_after_the_commit_does_not_undo_it()
    {
        ExecutionOutcome aborted = await _bench.RunAsync(Processor.Of(
            async (job, token) =>
            {
                await job.CommitAsync(token);
                await _bench.AbortAsync();
                token.ThrowIfCancellationRequested();
            },
            TransactionMode.Hybrid));
        Assert.Equal(Complete, aborted.Result);

        var late = new RunBench();
        ExecutionOutcome timedOut = await late.RunAsync(Processor.Of(
            async (job, token) =>
            {
                await job.CommitAsync(token);
                late.Time.Advance(TimeSpan.FromSeconds(9));
                token.ThrowIfCancellationRequested();
            },
            TransactionMode.Hybrid,
            TimeSpan.FromSeconds(1)));
        Assert.Equal(Complete, timedOut.Result);
    }

    // 100 bytes of Latin-1 become 300 bytes of replacement characters: reading the id threw.
    [Fact]
    public void A_message_id_that_is_not_utf8_is_incompatible()
    {
        string id = Encoding.UTF8.GetString([.. Enumerable.Repeat((byte)0xE9, 100)]);
        Assert.Contains("message_id", TaskMessage.TryRead(new BasicProperties { Type = "t", ContentType = "application/json", MessageId = id }, "q", out _), StringComparison.Ordinal);
    }

    [Fact]
    public void A_declared_queue_with_a_mistake_is_not_called_undeclared() =>
        Assert.DoesNotContain(Mistakes(typeof(OnNegativeQueue)), mistake => mistake.Contains("not declared", StringComparison.Ordinal));

    [Fact]
    public void An_undeclared_queue_is_told_although_another_mistake_has_its_name() =>
        Assert.Contains(Mistakes(typeof(WithParameterOrders)), mistake => mistake.Contains("'orders', which is not declared", StringComparison.Ordinal));

    [Fact]
    public void Values_outside_their_enumeration_are_mistakes() => Assert.Equal(2, Mistakes(typeof(OfNoKind)).Count);

    [Fact]
    public void A_static_processor_of_a_base_class_is_found() => Assert.Equal(
        2, ProcessorCatalog.Build(new ProcessorRegistrations { ProcessorTypes = { typeof(DerivedProcessors) } }, new WorkerOptions()).Processors.Count);

    // The command named another queue.
    [Fact]
    public void The_command_that_removes_a_queue_quotes_its_name() => Assert.Contains(
        @"delete_queue 'it'\''s'", new TopologyException("/", [new("queue 'it's'", "x", "1", "2")], []).Message, StringComparison.Ordinal);

    // Each ran as an empty directive.
    [Theory]
    [InlineData("\"\"")]
    [InlineData("\0")]
    [InlineData("undefined")]
    [InlineData("   ")]
    [InlineData("/*x*/")]
    public void A_body_without_an_object_is_no_directive(string body) =>
        Assert.ThrowsAny<JsonException>(() => DirectiveJson.Read(Encoding.UTF8.GetBytes(body), typeof(Order)));

    // Accepted by the publisher, and parked as incompatible by every worker.
    [Fact]
    public void A_directive_too_deep_to_be_read_is_not_written()
    {
        var top = new Nest();
        Nest bottom = top;
        for (int level = 0; level < 70; level++)
        {
            bottom = bottom.Child = new Nest();
        }

        Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(new Deep { Nest = top }));
    }

    [Theory]
    [InlineData("*.", "app")]
    [InlineData("", null)]
    public void A_prefix_with_wildcards_or_a_name_too_long_for_its_property_is_refused(string prefix, string? applicationName) => Assert.True(
        new BrokerQueuesOptionsValidator().Validate(null, new BrokerQueuesOptions { Prefix = prefix, ApplicationName = applicationName ?? new string('x', 300) }).Failed);

    [Fact]
    public void The_reason_outlasts_the_publishers_own_headers()
    {
        var headers = Enumerable.Range(0, 25).ToDictionary(number => $"h{number}", object? (_) => new byte[5000]);
        BasicProperties copy = MessageCopy.ForParking(
            new BasicProperties { Headers = headers }, new TaskId("x"), new FailureDetails("Fail", "t", "m", new string('s', 8000), 1, 0), "q", "n", default);
        Assert.Contains("bq-error-stack", copy.Headers!.Keys);
    }

    private static IReadOnlyList<string> Mistakes(Type type) => Assert.Throws<WorkerConfigurationException>(() =>
        ProcessorCatalog.Build(new ProcessorRegistrations { ProcessorTypes = { type } }, new WorkerOptions())).Mistakes;

    private sealed class Stillborn : TaskDirective
    {
        public Stillborn() => throw new IOException("from the constructor");
    }

    private sealed class ThrowingCodes : IErrorCodeProvider
    {
        public IEnumerable<string> GetErrorCodes(Exception exception) => throw new IOException("from the provider");
    }

    private sealed class OnNegativeQueue
    {
        [TaskProcessor(Queues.Negative, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class WithParameterOrders
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public Task FirstAsync(ITaskProcessingJob job, string orders) => Task.CompletedTask;

        [TaskProcessor("orders", "B")]
        public Task SecondAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OfNoKind
    {
        [TaskQueue(Behavior = (TaskQueueBehavior)9)]
        public const string QueueId = "of.no.kind";

        [TaskProcessor(QueueId, "A", TransactionMode = TransactionMode.Unsafe)]
        public Task FirstAsync(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(QueueId, "B", TransactionMode = (TransactionMode)9)]
        public Task SecondAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private abstract class BaseProcessors
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public static Task BaseAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class DerivedProcessors : BaseProcessors
    {
        [TaskProcessor(Queues.Concurrent, "B")]
        public Task DerivedAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class Deep : TaskDirective
    {
        public Nest? Nest { get; set; }
    }

    private sealed class Nest
    {
        public Nest? Child { get; set; }
    }
}

using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>What each result does at the channel, and which copies are made.</summary>
public sealed class SettlingTests
{
    public static TheoryData<Kind, TaskProcessingJobResult> DoneWith { get; } = new()
    {
        { Kind.Concurrent, TaskProcessingJobResult.Complete },
        { Kind.Concurrent, TaskProcessingJobResult.Cancel },
        { Kind.Sequential, TaskProcessingJobResult.Complete },
        { Kind.Sequential, TaskProcessingJobResult.Cancel },
        { Kind.Broadcast, TaskProcessingJobResult.Complete },
        { Kind.Broadcast, TaskProcessingJobResult.Cancel },
    };

    public static TheoryData<TaskProcessingJobResult> Failures { get; } =
        [TaskProcessingJobResult.Requeue, TaskProcessingJobResult.Fail, TaskProcessingJobResult.Fatal, TaskProcessingJobResult.Abort, TaskProcessingJobResult.Retry];

    [Theory]
    [MemberData(nameof(DoneWith))]
    public async Task What_is_done_with_is_acknowledged_once_and_by_itself(Kind kind, TaskProcessingJobResult result)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind, result);

        ulong tag = await queue.DeliverAsync();
        await SettledAsync(queue);
        await queue.StopAsync();

        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        Assert.Empty(queue.Copies);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_broadcast_that_failed_is_acknowledged_and_told(TaskProcessingJobResult result)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Broadcast, result);

        ulong tag = await queue.DeliverAsync();
        await SettledAsync(queue);
        await queue.StopAsync();

        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        Assert.Empty(queue.Copies);
        Assert.Contains(queue.Warnings, warning => warning.Contains("task-1", StringComparison.Ordinal) && warning.Contains("not tried again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Kind.Concurrent)]
    [InlineData(Kind.SequentialTail)]
    public async Task What_is_requeued_goes_as_a_copy_through_the_delays_and_is_then_acknowledged(Kind kind)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind, TaskProcessingJobResult.Requeue);

        ulong tag = await queue.DeliverAsync(body: """{"x":1}""", headers: [("mine", "kept"), ("x-delivery-count", 3L)]);
        await SettledAsync(queue);

        Publish copy = Assert.Single(queue.Copies);
        Assert.StartsWith("bq.delay.", copy.Exchange, StringComparison.Ordinal);
        Assert.EndsWith("." + queue.Queue, copy.RoutingKey, StringComparison.Ordinal);
        Assert.True(copy.Mandatory);
        Assert.Equal("task-1", copy.Properties.MessageId);
        Assert.Equal(QueueHarness.TaskType, copy.Properties.Type);
        Assert.Equal("""{"x":1}"""u8.ToArray(), copy.Body.ToArray());
        Assert.Equal(2, copy.Properties.Headers!["bq-attempt"]);
        Assert.Equal("kept", copy.Properties.Headers["mine"]);
        Assert.DoesNotContain("x-delivery-count", copy.Properties.Headers.Keys);
        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        IsBefore(queue, copy, new Ack(tag));
    }

    [Fact]
    public async Task What_was_put_back_by_its_processor_goes_through_the_delays_without_counting_an_attempt()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, TaskProcessingJobResult.Abort);

        await queue.DeliverAsync();
        await SettledAsync(queue);

        Publish copy = Assert.Single(queue.Copies);
        Assert.StartsWith("bq.delay.", copy.Exchange, StringComparison.Ordinal);
        Assert.DoesNotContain("bq-attempt", copy.Properties.Headers!.Keys);
        Assert.Equal(1, copy.Properties.Headers["bq-aborts"]);
    }

    [Theory]
    [InlineData(Kind.Concurrent, TaskProcessingJobResult.Fatal, 1, "fatal", "Fatal")]
    [InlineData(Kind.Sequential, TaskProcessingJobResult.Fatal, 1, "fatal", "Fatal")]
    [InlineData(Kind.Concurrent, TaskProcessingJobResult.Fail, 2, "failed", "Fail")]
    [InlineData(Kind.Sequential, TaskProcessingJobResult.Fail, 2, "failed", "Fail")]
    [InlineData(Kind.Concurrent, TaskProcessingJobResult.Retry, 2, "failed", "Fail")]
    public async Task What_failed_for_good_is_parked_as_a_copy_with_its_reason_and_is_then_acknowledged(
        Kind kind, TaskProcessingJobResult result, int attempt, string parking, string written)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind, (_, _) => throw new TaskResultException(result, "no such customer"));

        ulong tag = await queue.DeliverAsync(headers: ("bq-attempt", attempt));
        await SettledAsync(queue);

        Publish copy = Assert.Single(queue.Copies);
        Assert.Equal((queue.Queue, $"{queue.Queue}.{parking}", true), (copy.Exchange, copy.RoutingKey, copy.Mandatory));
        Assert.Equal("task-1", copy.Properties.MessageId);
        IDictionary<string, object?> headers = copy.Properties.Headers!;
        Assert.Equal(written, headers["bq-result"]);
        Assert.Contains("no such customer", (string)headers["bq-error-message"]!, StringComparison.Ordinal);
        Assert.Equal(attempt, headers["bq-attempts"]);
        Assert.Equal(queue.Queue, headers["bq-origin-queue"]);
        Assert.Equal("n1", headers["bq-failed-node"]);
        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        IsBefore(queue, copy, new Ack(tag));
    }

    [Theory]
    [InlineData(Kind.Concurrent, "Unheard")]
    [InlineData(Kind.Sequential, "Unheard")]
    [InlineData(Kind.Concurrent, QueueHarness.TaskType)]
    public async Task What_cannot_be_understood_is_parked_without_being_run(Kind kind, string type)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(kind);

        ulong tag = await queue.DeliverAsync(type: type, body: "no JSON");
        await SettledAsync(queue);

        Publish copy = Assert.Single(queue.Copies);
        Assert.Equal((queue.Queue, queue.Queue + ".incompatible"), (copy.Exchange, copy.RoutingKey));
        Assert.Equal("Incompatible", copy.Properties.Headers!["bq-result"]);
        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        Assert.Empty(queue.Script.Started);
    }

    [Fact]
    public async Task A_broadcast_that_cannot_be_understood_is_acknowledged_and_told()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Broadcast);

        ulong tag = await queue.DeliverAsync(type: "Unheard");
        await SettledAsync(queue);

        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        Assert.Empty(queue.Copies);
        Assert.NotEmpty(queue.Warnings);
    }

    [Theory]
    [InlineData(Kind.Concurrent)]
    [InlineData(Kind.Sequential)]
    [InlineData(Kind.Broadcast)]
    public async Task Retry_runs_again_in_place_as_often_as_allowed_and_settles_nothing_between(Kind kind)
    {
        int runs = 0;
        await using QueueHarness queue = await QueueHarness.StartAsync(
            kind, (_, _) => Task.FromResult(++runs == 1 ? TaskProcessingJobResult.Retry : TaskProcessingJobResult.Complete));

        ulong tag = await queue.DeliverAsync();
        await SettledAsync(queue);

        Assert.Equal([(0, 1), (1, 1)], queue.Script.Started.Select(job => (job.RetryCount, job.Attempt)));
        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        Assert.Empty(queue.Copies);
    }

    [Fact]
    public async Task A_requeued_task_of_a_sequential_queue_waits_at_the_head_and_runs_again_as_the_next_attempt()
    {
        int runs = 0;
        await using QueueHarness queue = await QueueHarness.StartAsync(
            Kind.SequentialAhead, (job, _) => Task.FromResult(++runs == 1 ? TaskProcessingJobResult.Requeue : TaskProcessingJobResult.Complete));
        await queue.DeliverAsync("first");
        await queue.DeliverAsync("second");
        await queue.UntilWarnedAsync("runs again in");
        Assert.Empty(queue.Channel.Settlements);

        TimeSpan passed = await queue.PassUntilAsync(() => queue.Channel.Settlements.Count == 2, "both to be acknowledged");

        Assert.True(passed >= TimeSpan.FromSeconds(1), $"after only {passed}");
        Assert.Equal([("first", 1), ("first", 2), ("second", 1)], queue.Script.Started.Select(job => (job.TaskId.Value, job.Attempt)));
        Assert.Equal([new Ack(1), new Ack(2)], queue.Channel.Settlements);
        Assert.Empty(queue.Copies);
    }

    [Fact]
    public async Task A_task_that_the_processor_of_a_sequential_queue_puts_back_goes_with_the_channel_and_not_by_a_nack()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Sequential, TaskProcessingJobResult.Abort);
        FakeChannel first = queue.Channel;

        await queue.DeliverAsync();
        await queue.PassUntilAsync(() => first.IsClosed, "the end of the session");
        await queue.PassUntilAsync(() => queue.Subscriptions.Count == 2, "another session");

        Assert.Empty(first.Settlements);
        Assert.IsType<CloseChannel>(first.Asked.Last());
        Assert.DoesNotContain(first.Asked, asked => asked is Cancel);
        Assert.Empty(queue.Copies);
    }

    [Fact]
    public async Task A_sequential_task_that_has_been_returned_often_is_held_at_the_head_instead_of_being_returned_again()
    {
        int runs = 0;
        await using QueueHarness queue = await QueueHarness.StartAsync(
            Kind.Sequential, (_, _) => Task.FromResult(++runs == 1 ? TaskProcessingJobResult.Abort : TaskProcessingJobResult.Complete));

        ulong tag = await queue.DeliverAsync(redelivered: true, headers: ("x-delivery-count", 10L));
        await queue.PassUntilAsync(() => queue.Channel.Settlements.Count == 1, "the second run");

        Assert.Equal([1, 1], queue.Script.Started.Select(job => job.Attempt));
        Assert.Equal([new Ack(tag)], queue.Channel.Settlements);
        Assert.Single(queue.Subscriptions);
    }

    private static Task SettledAsync(QueueHarness queue) => QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "a settlement");

    private static void IsBefore(QueueHarness queue, Request first, Request second)
    {
        List<Request> asked = [.. queue.Broker.Asked.Select(each => each.Request)];
        Assert.InRange(asked.IndexOf(first), 0, asked.IndexOf(second));
    }
}

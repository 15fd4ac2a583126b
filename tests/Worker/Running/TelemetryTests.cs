using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.DependencyInjection;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>What is told of tasks on their way, by a worker and a publisher in one process.</summary>
public sealed class TelemetryTests
{
    private const string Destination = "messaging.destination.name";
    private const string Result = "brokerqueues.task.result";
    private const string Type = "brokerqueues.task.type";
    private const string Parking = "brokerqueues.parking";

    private readonly string _id = $"task-{Guid.NewGuid():N}";

    [Fact]
    public async Task The_span_of_a_run_is_the_child_of_the_one_that_sent_it_and_the_parent_of_what_its_processor_sends()
    {
        using SpanSink spans = Spans();
        QueueHarness? harness = null;
        await using QueueHarness started = harness = await QueueHarness.StartAsync(Kind.Concurrent, async (job, token) =>
        {
            if (job.TaskId.Value == _id)
            {
                await Manager(harness!).AddTaskAsync(job.QueueId, job.TaskType, options: new AddTaskOptions { TaskId = new TaskId($"{_id}-second") }, cancellationToken: token);
            }

            return Complete;
        });

        await Manager(harness).AddTaskAsync(harness.Queue, QueueHarness.TaskType, options: new AddTaskOptions { TaskId = new TaskId(_id) });
        await DeliverCopyAsync(harness, copy: 0);
        await QueueHarness.UntilAsync(() => harness.Copies.Count == 2, "the second task to be sent");
        await DeliverCopyAsync(harness, copy: 1);
        await QueueHarness.UntilAsync(() => spans.Ended.Count == 4, "four spans");

        Activity[] chain = [.. new[] { ("send", _id), ("process", _id), ("send", $"{_id}-second"), ("process", $"{_id}-second") }.Select(each =>
            Assert.Single(spans.Ended, span => span.OperationName == $"{each.Item1} {harness.Queue}" && (string?)span.GetTagItem("messaging.message.id") == each.Item2))];
        Assert.Equal([ActivityKind.Producer, ActivityKind.Consumer, ActivityKind.Producer, ActivityKind.Consumer], chain.Select(span => span.Kind));
        Assert.Equal(chain[..^1].Select(span => span.SpanId), chain[1..].Select(span => span.ParentSpanId));
        Assert.Single(chain.Select(span => span.TraceId).Distinct());
        Assert.Equal([chain[0].SpanId, chain[2].SpanId], chain.Where(span => span.Kind == ActivityKind.Consumer).Select(span => Assert.Single(span.Links).Context.SpanId));
        Assert.Equal(_id, chain[2].GetTagItem("messaging.message.conversation_id"));
        Assert.All(chain, span => Assert.Equal(ActivityStatusCode.Unset, span.Status));
    }

    [Fact]
    public async Task The_attributes_are_those_of_the_conventions()
    {
        using SpanSink spans = Spans();
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, Complete);
        await Manager(harness).AddTaskAsync(harness.Queue, QueueHarness.TaskType, options: new AddTaskOptions { TaskId = new TaskId(_id), CorrelationId = "cause" });
        ulong tag = await DeliverCopyAsync(harness, copy: 0);
        await QueueHarness.UntilAsync(() => spans.Ended.Count == 2, "two spans");

        string nodeId = harness.Services.GetRequiredService<NodeIdentity>().NodeId;
        Activity send = spans.Ended.Single(span => span.Kind == ActivityKind.Producer);
        Activity process = spans.Ended.Single(span => span.Kind == ActivityKind.Consumer);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["messaging.system"] = "rabbitmq",
                ["messaging.operation.name"] = "send",
                ["messaging.operation.type"] = "send",
                [Destination] = harness.Queue,
                ["messaging.rabbitmq.destination.routing_key"] = harness.Queue,
                ["messaging.message.id"] = _id,
                ["messaging.message.conversation_id"] = "cause",
                ["messaging.client.id"] = nodeId,
                [Type] = QueueHarness.TaskType,
            },
            // Where it leads is not known before the first publish has connected.
            Tags(send).Where(tag => !tag.Key.StartsWith("server.", StringComparison.Ordinal)).ToDictionary());
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["messaging.system"] = "rabbitmq",
                ["messaging.operation.name"] = "process",
                ["messaging.operation.type"] = "process",
                [Destination] = harness.Queue,
                ["messaging.rabbitmq.destination.routing_key"] = harness.Queue,
                ["messaging.rabbitmq.message.delivery_tag"] = (long)tag,
                ["messaging.message.id"] = _id,
                ["messaging.message.conversation_id"] = "cause",
                ["messaging.client.id"] = nodeId,
                ["server.address"] = "127.0.0.1",
                ["server.port"] = 5672,
                [Type] = QueueHarness.TaskType,
                ["brokerqueues.task.attempt"] = 1,
                ["brokerqueues.task.retry"] = 0,
                ["brokerqueues.task.redrives"] = 0,
                [Result] = "Complete",
            },
            Tags(process));
        Assert.Equal(("BrokerQueues", "https://opentelemetry.io/schemas/1.44.0"), (send.Source.Name, send.Source.TelemetrySchemaUrl));
        Assert.Matches(@"^\d+\.\d+\.\d+$", send.Source.Version);
    }

    [Fact]
    public async Task A_delayed_task_names_its_queue_and_not_the_ladder()
    {
        using SpanSink spans = Spans();
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, Complete);
        await Manager(harness).AddTaskAsync(
            harness.Queue, QueueHarness.TaskType, options: new AddTaskOptions { TaskId = new TaskId(_id), Delay = TimeSpan.FromSeconds(1) });
        Activity send = Assert.Single(spans.Ended);
        Assert.Equal(($"send {harness.Queue}", harness.Queue), (send.DisplayName, send.GetTagItem(Destination)));
        Assert.Equal(harness.Copies[0].RoutingKey, send.GetTagItem("messaging.rabbitmq.destination.routing_key"));
        Assert.EndsWith($".{harness.Queue}", harness.Copies[0].RoutingKey, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_publish_that_fails_has_status_Error_and_is_counted_with_its_type()
    {
        using SpanSink spans = Spans();
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, Complete);
        using MetricSink metrics = Metrics(harness);
        harness.Broker.Confirms = _ => Confirmation.Nack;
        await Assert.ThrowsAsync<TaskQueueFullException>(() =>
            Manager(harness).AddTaskAsync(harness.Queue, QueueHarness.TaskType, options: new AddTaskOptions { TaskId = new TaskId(_id) }));

        Activity send = Assert.Single(spans.Ended);
        Assert.Equal((ActivityStatusCode.Error, "BrokerQueues.TaskQueueFullException"), (send.Status, send.GetTagItem("error.type")));
        ActivityEvent thrown = Assert.Single(send.Events);
        Assert.Equal("exception", thrown.Name);
        Assert.Equal(["exception.type", "exception.stacktrace"], thrown.Tags.Select(tag => tag.Key));
        Assert.Equal(1, metrics.Sum("messaging.client.sent.messages", ("error.type", "BrokerQueues.TaskQueueFullException"), (Destination, harness.Queue)));
        Assert.Single(metrics.Of("messaging.client.operation.duration"));
        Assert.Single(metrics.Of("brokerqueues.publisher.confirm.duration"));
    }

    [Fact]
    public async Task All_ways_of_publishing_send_a_span_for_each_task()
    {
        using SpanSink spans = Spans();
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Broadcast, Complete);
        using MetricSink metrics = Metrics(harness);
        using Activity request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await Manager(harness).AddTasksAsync(Enumerable.Range(0, 3).Select(number =>
            new NewTask(harness.Queue, QueueHarness.TaskType, null, new AddTaskOptions { TaskId = new TaskId($"{_id}-{number}") })));
        await Manager(harness).SendBroadcastAsync(harness.Queue, QueueHarness.TaskType, options: new AddTaskOptions { TaskId = new TaskId($"{_id}-all") });

        Assert.Equal(4, spans.Ended.Count);
        Assert.All(spans.Ended, span => Assert.Equal((request.SpanId, $"send {harness.Queue}"), (span.ParentSpanId, span.OperationName)));
        Assert.Equal(
            spans.Ended.Select(span => span.Id).Order(), harness.Copies.Select(copy => (string?)copy.Properties.Headers!["traceparent"]).Order());
        Assert.Same(request, Activity.Current);
        Assert.Equal(4, metrics.Sum("messaging.client.sent.messages"));
        Assert.All(metrics.Of("messaging.client.sent.messages"), each => Assert.False(each.Tags.ContainsKey("error.type")));
    }

    [Fact]
    public async Task The_sums_are_the_numbers_of_runs_retries_requeues_and_parked_tasks()
    {
        using SpanSink spans = Spans();
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, (job, _) => Task.FromResult(job.TaskId.Value.Contains("good", StringComparison.Ordinal) ? Complete
            : job.TaskId.Value.Contains("retry", StringComparison.Ordinal) && job.RetryCount == 0 ? Retry
            : job.TaskId.Value.Contains("fatal", StringComparison.Ordinal) ? Fatal
            : job.TaskId.Value.Contains("fail", StringComparison.Ordinal) ? throw new InvalidDataException("card 4711")
            : Complete));
        using MetricSink metrics = Metrics(harness);
        foreach (string what in new[] { "good-1", "good-2", "retry", "fatal", "fail" })
        {
            await harness.DeliverAsync($"{_id}-{what}");
        }

        await harness.DeliverAsync($"{_id}-fail-again", headers: ("bq-attempt", 2));
        await harness.DeliverAsync($"{_id}-unknown", type: "Unheard of");
        await harness.DeliverAsync($"{_id}-unreadable", body: "[");
        await QueueHarness.UntilAsync(() => harness.Channel.Settlements.Count > 0 && spans.Ended.Count == 9 && metrics.Sum("brokerqueues.tasks.parked") >= 4 && metrics.Sum("brokerqueues.tasks.requeued") > 0, "all to be settled");

        Assert.Equal(8, metrics.Sum("messaging.client.consumed.messages", (Destination, harness.Queue)));
        Assert.Equal(9, metrics.Sum("brokerqueues.tasks.executed", (Destination, harness.Queue)));
        Assert.Equal(
            (3.0, 1.0, 1.0, 2.0, 2.0),
            (Executed("Complete"), Executed("Retry"), Executed("Fatal"), Executed("Fail"), Executed("Incompatible")));
        Assert.Equal((1.0, 1.0), (metrics.Sum("brokerqueues.tasks.retried"), metrics.Sum("brokerqueues.tasks.requeued", (Result, "Fail"))));
        Assert.Equal((1.0, 1.0, 2.0), (Parked("failed"), Parked("fatal"), Parked("incompatible")));
        Assert.Equal(9, metrics.Of("messaging.process.duration").Count);
        Assert.Equal(2, metrics.Of("messaging.process.duration").Count(each => Equals(each.Tags.GetValueOrDefault("error.type"), "System.IO.InvalidDataException")));
        Assert.Equal(1, metrics.Sum("brokerqueues.tasks.executed", (Type, "other")));
        Assert.Equal(8, metrics.Sum("brokerqueues.tasks.executed", (Type, QueueHarness.TaskType)));
        Activity unreadable = Assert.Single(spans.Ended, span => (string?)span.GetTagItem("messaging.message.id") == $"{_id}-unreadable");
        Assert.Equal((ActivityStatusCode.Error, "Incompatible"), (unreadable.Status, unreadable.GetTagItem(Result)));
        Assert.All(Labels(metrics), text => Assert.DoesNotContain(_id, text, StringComparison.Ordinal));
        Assert.All(spans.Ended.SelectMany(Texts), text => Assert.DoesNotContain("4711", text, StringComparison.Ordinal));

        double Executed(string result) => metrics.Sum("brokerqueues.tasks.executed", (Result, result));
        double Parked(string where) => metrics.Sum("brokerqueues.tasks.parked", (Parking, where), (Destination, harness.Queue));
    }

    [Fact]
    public async Task A_task_that_is_held_at_the_head_is_requeued_and_one_that_runs_is_running()
    {
        await using QueueHarness harness = await QueueHarness.StartAsync(
            Kind.Sequential, (job, _) => job.Attempt == 1 ? Task.FromResult(Requeue) : new TaskCompletionSource<TaskProcessingJobResult>().Task.WaitAsync(job.JobAborted));
        using MetricSink metrics = Metrics(harness);
        Assert.Equal(0, metrics.Read("brokerqueues.tasks.running"));
        await harness.DeliverAsync(_id);
        await harness.PassUntilAsync(() => harness.Script.Started.Count == 2, "the second attempt");
        Assert.Equal(1, metrics.Sum("brokerqueues.tasks.requeued", (Result, "Requeue"), (Type, QueueHarness.TaskType)));
        Assert.Equal(1, metrics.Read("brokerqueues.tasks.running"));
        Assert.Equal(0, metrics.Read("brokerqueues.publisher.outstanding_confirms"));
    }

    [Fact]
    public async Task What_is_sent_and_not_confirmed_is_outstanding_until_it_is()
    {
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, Complete);
        using MetricSink metrics = Metrics(harness);
        harness.Broker.Confirms = _ => Confirmation.None;
        using var givenUp = new CancellationTokenSource();
        Task<TaskId> publish = Manager(harness).AddTaskAsync(harness.Queue, QueueHarness.TaskType, cancellationToken: givenUp.Token);
        await QueueHarness.UntilAsync(() => metrics.Read("brokerqueues.publisher.outstanding_confirms") == 1, "one outstanding");
        Assert.Empty(metrics.Of("brokerqueues.publisher.confirm.duration"));
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publish);
        Assert.Empty(metrics.Of("brokerqueues.publisher.confirm.duration"));
        Assert.Equal(1, metrics.Sum("messaging.client.sent.messages", ("error.type", "System.Threading.Tasks.TaskCanceledException")));
    }

    [Fact]
    public async Task A_requeue_that_the_broker_refuses_and_dead_letters_counts_as_parked()
    {
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, Requeue);
        using MetricSink metrics = Metrics(harness);
        harness.Broker.On<Publish>().ClosesTheChannel(403, "ACCESS_REFUSED - write access refused");
        await harness.DeliverAsync(_id);
        await harness.PassUntilAsync(() => harness.Channel.Settlements.Count == 1, "the task to be rejected");
        Assert.Equal(new Reject(1, Requeue: false), harness.Channel.Settlements[0]);
        await QueueHarness.UntilAsync(() => metrics.Sum("brokerqueues.tasks.parked", (Parking, "failed"), (Destination, harness.Queue)) == 1, "the count");
        Assert.Equal(0, metrics.Sum("brokerqueues.tasks.requeued"));
    }

    [Fact]
    public async Task A_connection_that_is_made_anew_is_counted_by_its_role()
    {
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, Complete);
        using MetricSink metrics = Metrics(harness);
        await harness.Consuming.LoseAsync();
        await harness.PassUntilAsync(() => harness.Subscriptions.Count == 2, "another subscription");
        Assert.Equal(1, metrics.Sum("brokerqueues.connection.reconnects", ("brokerqueues.connection.role", "consuming")));
        Assert.Equal(1, metrics.Sum("brokerqueues.connection.reconnects"));
    }

    [Fact]
    public async Task Listeners_that_throw_whenever_they_are_called_change_nothing()
    {
        var calls = new StrongBox<int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == BrokerQueuesTelemetry.MeterName && s_hostile.Value)
                {
                    self.EnableMeasurementEvents(instrument);
                    Interlocked.Increment(ref calls.Value);
                    if (instrument is Histogram<double>)
                    {
                        throw new InvalidOperationException("from the listener, of a new instrument");
                    }
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
        {
            Interlocked.Increment(ref calls.Value);
            throw new InvalidOperationException("from the listener, of a measurement");
        });
        listener.Start();
        s_hostile.Value = true;
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, Fatal);
        s_hostile.Value = false;

        await Manager(harness).AddTaskAsync(harness.Queue, QueueHarness.TaskType, options: new AddTaskOptions { TaskId = new TaskId(_id) });
        await DeliverCopyAsync(harness, copy: 0);
        await QueueHarness.UntilAsync(() => harness.Channel.Settlements.Count == 1, "the task to be parked and acknowledged");

        Assert.IsType<Ack>(harness.Channel.Settlements[0]);
        Assert.Single(harness.Script.Started);
        Assert.True(calls.Value > 3);
        Assert.Single(harness.Warnings, line => line.Contains("listener", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("start")]
    [InlineData("stop")]
    public async Task A_listener_of_the_spans_that_throws_changes_nothing(string when)
    {
        using Activity request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == BrokerQueuesTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => ThrowIf("sample", options.Parent.TraceId) ?? ActivitySamplingResult.AllData,
            ActivityStarted = span => ThrowIf("start", span.TraceId),
            ActivityStopped = span => ThrowIf("stop", span.TraceId),
        };
        Activity? seen = null;
        await using QueueHarness harness = await QueueHarness.StartAsync(Kind.Concurrent, (_, _) =>
        {
            seen = Activity.Current;
            return Task.FromResult(Complete);
        });
        ActivitySource.AddActivityListener(listener);

        await Manager(harness).AddTaskAsync(harness.Queue, QueueHarness.TaskType, options: new AddTaskOptions { TaskId = new TaskId(_id) });
        Assert.Same(request, Activity.Current);
        if (when != "stop")
        {
            // The context of the caller, not that of a span that nobody will ever see.
            Assert.Equal(request.Id, harness.Copies[0].Properties.Headers!["traceparent"]);
        }

        await DeliverCopyAsync(harness, copy: 0);
        await QueueHarness.UntilAsync(() => harness.Channel.Settlements.Count == 1, "the task to be acknowledged");
        Assert.IsType<Ack>(harness.Channel.Settlements[0]);
        Assert.Equal(when == "stop", seen is not null);
        Assert.Single(harness.Warnings, line => line.Contains("listener", StringComparison.Ordinal));

        // Only what is ours: the spans of other tests come by too.
        ActivitySamplingResult? ThrowIf(string now, ActivityTraceId trace) =>
            now == when && trace == request.TraceId ? throw new InvalidOperationException("from the listener") : null;
    }

    private static readonly AsyncLocal<bool> s_hostile = new();

    private SpanSink Spans() => new(span => (span.GetTagItem("messaging.message.id") as string)?.StartsWith(_id, StringComparison.Ordinal) ?? false);

    private static MetricSink Metrics(QueueHarness harness) => new(harness.Services.GetRequiredService<IMeterFactory>());

    private static ITaskManager Manager(QueueHarness harness) => harness.Services.GetRequiredService<ITaskManager>();

    /// <summary>The broker delivers what was published.</summary>
    private static async Task<ulong> DeliverCopyAsync(QueueHarness harness, int copy)
    {
        Publish published = harness.Copies[copy];
        return await harness.Channel.DeliverAsync(published.RoutingKey, published.Properties, published.Body);
    }

    private static Dictionary<string, object?> Tags(Activity span) => new(span.TagObjects, StringComparer.Ordinal);

    private static IEnumerable<string> Texts(Activity span) =>
        span.TagObjects.Concat(span.Events.SelectMany(each => each.Tags)).Select(tag => $"{tag.Value}").Append(span.StatusDescription ?? "");

    private static IEnumerable<string> Labels(MetricSink metrics) => metrics.All.SelectMany(each => each.Tags).Select(tag => $"{tag.Value}");
}

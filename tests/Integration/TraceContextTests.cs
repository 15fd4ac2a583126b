using System.Collections.Concurrent;
using System.Diagnostics;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;

namespace BrokerQueues.Integration.Tests;

/// <summary>Somebody listens to the client's activity source, as OpenTelemetry does: its spans once took the place of the publish's own context.</summary>
public sealed class TraceContextTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task Each_task_carries_the_context_of_its_own_publish_and_no_other()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("RabbitMQ.Client", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = activity =>
            {
                if (activity.GetTagItem("messaging.destination.name") as string == Queue(QueueId) || activity.DisplayName.StartsWith("publish", StringComparison.Ordinal))
                {
                    spans.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });

        var published = new Dictionary<string, (string? Parent, string? State)>(StringComparer.Ordinal);
        ActivityTraceId first = default;
        foreach (string? state in new[] { null, "vendor=1", null })
        {
            using Activity activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
            activity.TraceStateString = state;
            activity.AddBaggage("secret", "of the caller");
            first = first == default ? activity.TraceId : first;
            published.Add((await Tasks.AddTaskAsync(QueueId, Scripted.TaskType)).Value, (activity.Id, state));
        }

        published.Add((await Tasks.AddTaskAsync(QueueId, Scripted.TaskType)).Value, (null, null));

        for (int number = 0; number < 4; number++)
        {
            RawMessage message = await Raw.ReceiveAsync(Queue(QueueId));
            Assert.Equal(published[message.Properties.MessageId!], (message.Header("traceparent"), message.Header("tracestate")));
            Assert.Null(message.Header("baggage"));
            Assert.Null(message.Header("Correlation-Context"));
        }

        Assert.NotEmpty(spans);
        Assert.All(spans, span => Assert.NotEqual(first, span.TraceId));
    }

    [Fact]
    public async Task A_task_that_is_put_back_keeps_the_context_of_its_publish()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("RabbitMQ.Client", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(onRun: (_, _) => Task.FromResult(TaskProcessingJobResult.Fatal));
        string? parent;
        using (Activity activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start())
        {
            parent = activity.Id;
            await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        }

        RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
        Assert.Equal(parent, parked.Header("traceparent"));
        Assert.Single(node.Runs);
    }
}

using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace BrokerQueues.OpenTelemetry.Tests;

/// <summary>What a publisher tells reaches OpenTelemetry. (No broker is needed for that: the publish is given up by its caller.)</summary>
public sealed class InstrumentationTests
{
    [Fact]
    public async Task The_span_and_the_count_of_a_publish_are_taken_in()
    {
        var spans = new List<Activity>();
        var metrics = new List<Metric>();
        using TracerProvider traces = Sdk.CreateTracerProviderBuilder().AddBrokerQueuesInstrumentation().AddInMemoryExporter(spans).Build();
        using MeterProvider meters = Sdk.CreateMeterProviderBuilder().AddBrokerQueuesInstrumentation().AddInMemoryExporter(metrics).Build();

        await GiveUpAPublishAsync();
        traces.ForceFlush();
        meters.ForceFlush();

        Activity send = Assert.Single(spans);
        Assert.Equal(("send orders", ActivityKind.Producer, ActivityStatusCode.Error), (send.DisplayName, send.Kind, send.Status));
        Assert.Contains(metrics, metric => metric.Name == "messaging.client.sent.messages" && metric.Unit == "{message}");
        MetricPoint times = Points(Assert.Single(metrics, metric => metric.Name == "messaging.client.operation.duration")).Single();
        Assert.Equal([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, double.PositiveInfinity], Buckets(times));
    }

    [Fact]
    public async Task Without_it_nothing_is_taken_in()
    {
        var spans = new List<Activity>();
        using TracerProvider traces = Sdk.CreateTracerProviderBuilder().AddInMemoryExporter(spans).Build();
        await GiveUpAPublishAsync();
        traces.ForceFlush();
        Assert.Empty(spans);
    }

    private static async Task GiveUpAPublishAsync()
    {
        // Port 1 refuses.
        await using ServiceProvider services = new ServiceCollection().AddBrokerQueues(options => options.Uri = new Uri("amqp://127.0.0.1:1")).Services.BuildServiceProvider();
        using var givenUp = new CancellationTokenSource();
        Task<TaskId> publish = services.GetRequiredService<ITaskManager>().AddTaskAsync("orders", "Send", cancellationToken: givenUp.Token);
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publish);
    }

    private static List<MetricPoint> Points(Metric metric)
    {
        var points = new List<MetricPoint>();
        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            points.Add(point);
        }

        return points;
    }

    private static List<double> Buckets(MetricPoint point)
    {
        var bounds = new List<double>();
        foreach (HistogramBucket bucket in point.GetHistogramBuckets())
        {
            bounds.Add(bucket.ExplicitBound);
        }

        return bounds;
    }
}

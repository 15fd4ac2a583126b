using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace BrokerQueues.TracedProgram;

internal sealed class SpanFileExporter(JsonLines lines) : BaseExporter<Activity>
{
    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (Activity span in batch)
        {
            lines.Add(new
            {
                span = span.DisplayName,
                kind = span.Kind.ToString(),
                trace = span.TraceId.ToHexString(),
                id = span.SpanId.ToHexString(),
                parent = span.ParentSpanId.ToHexString(),
                links = span.Links.Select(link => link.Context.SpanId.ToHexString()),
                status = span.Status.ToString(),
                tags = span.TagObjects.ToDictionary(tag => tag.Key, tag => $"{tag.Value}"),
                events = span.Events.SelectMany(each => each.Tags).Select(tag => $"{tag.Value}"),
            });
        }

        return ExportResult.Success;
    }
}

internal sealed class MetricFileExporter(JsonLines lines) : BaseExporter<Metric>
{
    private bool _hasExported;

    /// <summary>Once, when the program has done its work: what is collected again as it is disposed of is the same.</summary>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        if (_hasExported)
        {
            return ExportResult.Success;
        }

        _hasExported = true;
        foreach (Metric metric in batch)
        {
            foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
            {
                var tags = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (KeyValuePair<string, object?> tag in point.Tags)
                {
                    tags[tag.Key] = $"{tag.Value}";
                }

                bool isHistogram = metric.MetricType == MetricType.Histogram;
                lines.Add(new
                {
                    metric = metric.Name,
                    unit = metric.Unit,
                    count = isHistogram ? point.GetHistogramCount() : point.GetSumLong(),
                    seconds = isHistogram ? point.GetHistogramSum() : 0,
                    tags,
                });
            }
        }

        return ExportResult.Success;
    }
}

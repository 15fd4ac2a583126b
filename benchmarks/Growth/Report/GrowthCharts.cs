using BrokerQueues.Benchmarks.Growth.Curves;
using BrokerQueues.Benchmarks.Growth.Load;
using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Report;

/// <summary>The result as diagrams.</summary>
internal static class GrowthCharts
{
    private const double Mebi = 1024 * 1024;

    public static string Draw(GrowthResult result) => new SvgChart(
        $"BrokerQueues as things grow, {result.Fingerprint.Broker}, {result.Fingerprint.Cores} cores{(result.Quick ? " (quick run: says little)" : "")}",
        [.. Panels(result)]).Draw();

    private static IEnumerable<Panel> Panels(GrowthResult result)
    {
        if (result.Backlog is { } backlog)
        {
            yield return new Panel("Backlog", "tasks waiting", "tasks/s", LogX: true,
            [
                Line("consumed", backlog.Points, point => point.Tasks, point => point.ConsumeRate.Median),
                Line("published, confirmed", backlog.Points, point => point.Tasks, point => point.PublishRate.Median),
            ]);
        }

        if (result.Queues is { } queues)
        {
            yield return new Panel("Start of a node", "queues", "ms", LogX: true,
            [
                Line("declaring", queues.Points, point => point.Queues, point => point.DeclaringStartMilliseconds),
                Line("fresh process", queues.Points, point => point.Queues, point => point.ColdStartMilliseconds.Median),
                Line("same process", queues.Points, point => point.Queues, point => point.WarmStartMilliseconds.Median),
            ]);
            yield return new Panel("Memory of an idle node", "queues", "MiB", LogX: true,
            [
                Line("resident", queues.Points, point => point.Queues, point => point.ResidentBytes.Median / Mebi),
                Line("managed heap", queues.Points, point => point.Queues, point => point.ManagedBytes.Median / Mebi),
            ]);
        }

        if (result.Processes is { } processes)
        {
            yield return new Panel($"Processes that share a backlog, on {processes.Cores} cores", "worker processes", "tasks/s", LogX: true,
                [Of(processes, "no-op", LoadProcessors.NoOp), Of(processes, "waits 5 ms, 16 at a time", LoadProcessors.Wait)]);
        }

        if (result.Delays is { } delays)
        {
            yield return new Panel($"Tasks delayed by {delays.ShortestSeconds} to {delays.LongestSeconds} s", "delayed tasks", "ms later than asked for", LogX: true,
            [
                Line("half of them", delays.Points, point => point.Tasks, point => point.BehindDue.P50),
                Line("99 %", delays.Points, point => point.Tasks, point => point.BehindDue.P99),
                Line("all", delays.Points, point => point.Tasks, point => point.BehindDue.Max),
            ]);
        }
    }

    private static Series Of(ProcessesCurve curve, string name, string taskType) =>
        Line(name, curve.Points.Where(point => point.TaskType == taskType), point => point.Processes, point => point.Rate.Median);

    private static Series Line<T>(string name, IEnumerable<T> points, Func<T, double> x, Func<T, double> y) => new(name, [.. points.Select(point => (x(point), y(point)))]);
}

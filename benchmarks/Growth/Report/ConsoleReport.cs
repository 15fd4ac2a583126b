using System.Globalization;
using BrokerQueues.Benchmarks.Growth.Curves;
using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Report;

/// <summary>The result as tables.</summary>
internal static class ConsoleReport
{
    private const double Mebi = 1024 * 1024;

    public static void Write(GrowthResult result, TextWriter output)
    {
        if (result.Backlog is { } backlog)
        {
            TableOf(backlog).Write(output);
        }

        if (result.Queues is { } queues)
        {
            TableOf(queues).Write(output);
        }

        if (result.Processes is { } processes)
        {
            TableOf(processes).Write(output);
        }

        if (result.Delays is { } delays)
        {
            TableOf(delays).Write(output);
        }

        TableOf(result.Bars).Write(output);
        result.Failures.ForEach(failure => output.WriteLine($"FAILED: {failure}"));
    }

    private static ConsoleTable TableOf(BacklogCurve curve)
    {
        var table = new ConsoleTable(
            "Backlog: tasks a second, medians (least - most)",
            "tasks", "consumed", "", "published", "first 10k", "first 100k", "last 100k", "last 10k", "CPU us/task", "worker peak MiB", "broker MiB before/filled/after");
        foreach (BacklogPoint point in curve.Points)
        {
            BacklogRound last = point.Rounds[^1];
            table.Add(
                Number(point.Tasks), Number(point.ConsumeRate.Median), Spread(point.ConsumeRate), Number(point.PublishRate.Median),
                Number(point.Median(round => round.RateOfFirst10K)), Number(point.Median(round => round.RateOfFirst100K)),
                Number(point.Median(round => round.RateOfLast100K)), Number(point.Median(round => round.RateOfLast10K)),
                Number(point.CpuMicrosecondsPerTask.Median), Megabytes(last.WorkerPeakBytes),
                $"{Megabytes(last.BrokerBytesBefore)}/{Megabytes(last.BrokerBytesFilled)}/{Megabytes(last.BrokerBytesAfter)}");
        }

        return table;
    }

    private static ConsoleTable TableOf(QueuesCurve curve)
    {
        var table = new ConsoleTable(
            "Queues of one node: medians",
            "queues", "start ms, declaring", "existing, fresh process", "", "existing, same process", "stop ms", "managed MiB", "in 2nd life", "KiB a queue", "resident MiB", "threads");
        foreach (QueuesPoint point in curve.Points)
        {
            table.Add(
                Number(point.Queues), Number(point.DeclaringStartMilliseconds), Number(point.ColdStartMilliseconds.Median), Spread(point.ColdStartMilliseconds),
                Number(point.WarmStartMilliseconds.Median), Number(point.ColdStopMilliseconds.Median),
                Megabytes(point.ManagedBytes.Median), Megabytes(point.WarmManagedBytes.Median), Decimal(point.ManagedBytesPerQueue?.Median / 1024),
                Megabytes(point.ResidentBytes.Median), Number(point.Threads.Median));
        }

        return table;
    }

    private static ConsoleTable TableOf(ProcessesCurve curve)
    {
        var table = new ConsoleTable(
            $"Worker processes that share a backlog, on {curve.Cores} cores with the broker beside them: tasks a second",
            "processes", "tasks", "does", "consumed", "", "tasks each, last round");
        foreach (ProcessesPoint point in curve.Points)
        {
            table.Add(
                Number(point.Processes), Number(point.Tasks), point.TaskType, Number(point.Rate.Median), Spread(point.Rate),
                string.Join(" + ", point.Shares[^1].Select(share => Number(share))));
        }

        return table;
    }

    private static ConsoleTable TableOf(DelaysCurve curve)
    {
        IEnumerable<string> limits = curve.Points[0].BehindDue.Histogram.Select(bucket => bucket.Below == double.MaxValue ? "more" : $"<{Number(bucket.Below)}");
        var table = new ConsoleTable(
            $"Tasks delayed by {curve.ShortestSeconds} to {curve.LongestSeconds} s: ms late, and how many were less late than that",
            ["tasks", "published/s", "started/s", "worker peak MiB", "broker MiB before/peak", "later than", "p50", "p99", "max", .. limits]);
        foreach (DelaysPoint point in curve.Points)
        {
            table.Add([
                Number(point.Tasks), Number(point.PublishRate), Number(point.StartRate), Megabytes(point.WorkerPeakBytes),
                $"{Megabytes(point.BrokerBytesBefore)}/{Megabytes(point.BrokerBytesPeak)}", "asked for", .. Cells(point.BehindDue)]);
            table.Add(["", "", "", "", "", "rounded up", .. Cells(point.BehindStep)]);
        }

        return table;
    }

    private static IEnumerable<string> Cells(Lateness lateness) =>
        [Number(lateness.P50), Number(lateness.P99), Number(lateness.Max), .. lateness.Histogram.Select(bucket => Number(bucket.Tasks))];

    private static ConsoleTable TableOf(IReadOnlyList<Bar> bars)
    {
        var table = new ConsoleTable("Bars", "what", "measured", "bar", "held");
        foreach (Bar bar in bars)
        {
            table.Add(bar.Name, Decimal(bar.Measured), bar.Demand, bar.Held ? "yes" : "NO");
        }

        return table;
    }

    private static string Spread(Summary summary) => $"({Number(summary.Min)} - {Number(summary.Max)})";

    private static string Number(double? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "-";

    private static string Decimal(double? value) => value?.ToString("N2", CultureInfo.InvariantCulture) ?? "-";

    private static string Megabytes(double? bytes) => (bytes / Mebi)?.ToString("N1", CultureInfo.InvariantCulture) ?? "-";
}

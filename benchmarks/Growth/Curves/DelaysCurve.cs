using BrokerQueues.Benchmarks.Growth.Load;
using BrokerQueues.Benchmarks.Growth.Traces;

namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>How late delayed tasks start, by how many are under way in the same span.</summary>
internal sealed record DelaysCurve(double ShortestSeconds, double LongestSeconds, IReadOnlyList<DelaysPoint> Points)
{
    /// <summary>The unit that delays are rounded up to.</summary>
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(250);

    /// <summary>How long nothing may happen before the rest is given up: on a broker that is behind, the last wait longer than their delay.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static async Task<DelaysCurve> MeasureAsync(GrowthRun run, Sizes sizes)
    {
        Place place = run.PlaceOf("delays");
        try
        {
            await using var load = new LoadRun(place, processes: 1);
            await load.DeclareAsync();
            await using LoadPublisher publisher = await LoadPublisher.StartAsync(place, run.Stopping);
            await publisher.FillAsync(LoadProcessors.NoOp, sizes.WarmUp, run.Stopping);
            await load.ConsumeAsync(1, sizes.WarmUp, run.Stopping);

            var points = new List<DelaysPoint>();
            foreach (int tasks in sizes.DelayedTasks)
            {
                points.Add(await MeasurePointAsync(run, load, publisher, Spread(tasks, sizes)));
            }

            return new DelaysCurve(sizes.ShortestDelay.TotalSeconds, sizes.LongestDelay.TotalSeconds, points);
        }
        finally
        {
            await RunTraces.DeleteAsync(place, [LoadProcessors.QueueId]);
        }
    }

    private static async Task<DelaysPoint> MeasurePointAsync(GrowthRun run, LoadRun load, LoadPublisher publisher, IReadOnlyList<TimeSpan> delays)
    {
        long? before = await run.ReadBrokerMemoryAsync();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping);
        Task<long>? peak = run.Memory?.WatchPeakAsync(watching.Token);
        await load.StartAsync(1, delays.Count);
        double publishRate = await publisher.FillAsync(LoadProcessors.NoOp, delays, run.Stopping);
        await load.WaitAsync(1, delays.Count, s_patience, run.Stopping);
        LoadOutcome outcome = await load.StopAsync(1, delays.Count);
        await watching.CancelAsync();

        double[] late = outcome.Reports[0].Lateness!;
        var point = new DelaysPoint(delays.Count)
        {
            PublishRate = publishRate,
            BehindDue = Lateness.Of(late),
            BehindStep = Lateness.Of(late.Zip(delays, (lateness, delay) => lateness - RoundingUp(delay).TotalMilliseconds)),
            StartRate = outcome.Rate,
            WorkerPeakBytes = outcome.PeakBytes,
            BrokerBytesBefore = before,
            BrokerBytesPeak = peak is null ? null : await peak,
        };
        GrowthRun.Say($"{delays.Count:N0} delayed tasks: published {publishRate:N0}/s, half of them {point.BehindDue.P50:N0} ms late");
        return point;
    }

    /// <summary>The same delays in every run.</summary>
    private static List<TimeSpan> Spread(int tasks, Sizes sizes)
    {
        var random = new Random(tasks);
        TimeSpan width = sizes.LongestDelay - sizes.ShortestDelay;
        return [.. Enumerable.Range(0, tasks).Select(_ => sizes.ShortestDelay + (width * random.NextDouble()))];
    }

    private static TimeSpan RoundingUp(TimeSpan delay) => (s_step * Math.Ceiling(delay / s_step)) - delay;
}

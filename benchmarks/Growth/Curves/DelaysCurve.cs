using BrokerQueues.Benchmarks.Growth.Load;
using BrokerQueues.Benchmarks.Growth.Traces;

namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>How late delayed tasks start when there are many.</summary>
internal sealed record DelaysCurve(int Tasks, double ShortestSeconds, double LongestSeconds)
{
    /// <summary>The unit that delays are rounded up to.</summary>
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(250);

    /// <summary>Tasks confirmed a second.</summary>
    public required double PublishRate { get; init; }

    /// <summary>Behind the delay that was asked for; rounding up is about half a step of it.</summary>
    public required Lateness BehindDue { get; init; }

    /// <summary>Behind that delay rounded up: what the broker and the worker add.</summary>
    public required Lateness BehindStep { get; init; }

    public required long WorkerPeakBytes { get; init; }

    public required long? BrokerBytesBefore { get; init; }

    public required long? BrokerBytesPeak { get; init; }

    public static async Task<DelaysCurve> MeasureAsync(GrowthRun run, Sizes sizes)
    {
        Place place = run.PlaceOf("delays");
        IReadOnlyList<TimeSpan> delays = Spread(sizes);
        try
        {
            await using var load = new LoadRun(place, processes: 1);
            await load.DeclareAsync();
            await using LoadPublisher publisher = await LoadPublisher.StartAsync(place, run.Stopping);
            await publisher.FillAsync(LoadProcessors.NoOp, sizes.WarmUp, run.Stopping);
            await load.ConsumeAsync(1, sizes.WarmUp, run.Stopping);

            long? before = await run.ReadBrokerMemoryAsync();
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping);
            Task<long>? peak = run.Memory?.WatchPeakAsync(watching.Token);
            await load.StartAsync(1, delays.Count);
            double publishRate = await publisher.FillAsync(LoadProcessors.NoOp, delays, run.Stopping);
            GrowthRun.Say($"{delays.Count:N0} delayed tasks: published {publishRate:N0}/s");
            await load.WaitAsync(1, delays.Count, sizes.LongestDelay + TimeSpan.FromSeconds(30), run.Stopping);
            LoadOutcome outcome = await load.StopAsync(1, delays.Count);
            await watching.CancelAsync();

            double[] late = outcome.Reports[0].Lateness!;
            return new DelaysCurve(delays.Count, sizes.ShortestDelay.TotalSeconds, sizes.LongestDelay.TotalSeconds)
            {
                PublishRate = publishRate,
                BehindDue = Lateness.Of(late),
                BehindStep = Lateness.Of(late.Zip(delays, (lateness, delay) => lateness - RoundingUp(delay).TotalMilliseconds)),
                WorkerPeakBytes = outcome.PeakBytes,
                BrokerBytesBefore = before,
                BrokerBytesPeak = peak is null ? null : await peak,
            };
        }
        finally
        {
            await RunTraces.DeleteAsync(place, [LoadProcessors.QueueId]);
        }
    }

    /// <summary>The same delays in every run.</summary>
    private static List<TimeSpan> Spread(Sizes sizes)
    {
        var random = new Random(sizes.DelayedTasks);
        TimeSpan width = sizes.LongestDelay - sizes.ShortestDelay;
        return [.. Enumerable.Range(0, sizes.DelayedTasks).Select(_ => sizes.ShortestDelay + (width * random.NextDouble()))];
    }

    private static TimeSpan RoundingUp(TimeSpan delay) => (s_step * Math.Ceiling(delay / s_step)) - delay;
}

using BrokerQueues.Benchmarks.Growth.Load;
using BrokerQueues.Benchmarks.Growth.Traces;
using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>How fast a worker works off what lies there, by how much lies there.</summary>
/// <param name="Points">By size.</param>
internal sealed record BacklogCurve(IReadOnlyList<BacklogPoint> Points)
{
    private const int Small = 10_000;

    public static async Task<BacklogCurve> MeasureAsync(GrowthRun run, Sizes sizes)
    {
        Place place = run.PlaceOf("backlog");
        try
        {
            await using var load = new LoadRun(place, processes: 1);
            await load.DeclareAsync();
            await using LoadPublisher publisher = await LoadPublisher.StartAsync(place, run.Stopping);
            await publisher.FillAsync(LoadProcessors.NoOp, sizes.WarmUp, run.Stopping);
            await load.ConsumeAsync(1, sizes.WarmUp, run.Stopping);

            var rounds = new List<BacklogRound>();
            foreach (int tasks in Interleave(sizes.Backlogs))
            {
                rounds.Add(await MeasureRoundAsync(run, load, publisher, tasks));
            }

            return new BacklogCurve([.. rounds.GroupBy(round => round.Tasks).OrderBy(group => group.Key).Select(group => BacklogPoint.Of(group.Key, [.. group]))]);
        }
        finally
        {
            await RunTraces.DeleteAsync(place, [LoadProcessors.QueueId]);
        }
    }

    public IEnumerable<Bar> Bars()
    {
        BacklogPoint largest = Points[^1];
        if (Points.FirstOrDefault(point => point.Tasks == Small) is { } small && largest != small)
        {
            yield return Bar.AtLeast($"consume rate with {largest.Tasks:N0} waiting / with {Small:N0}", largest.ConsumeRate.Median / small.ConsumeRate.Median, 0.9);
        }
    }

    /// <summary>
    /// Sizes with fewer rounds stand in the middle of those with more, so that a machine that gets slower or faster meanwhile does so for
    /// small and large alike.
    /// </summary>
    private static IEnumerable<int> Interleave(IReadOnlyList<BacklogSize> sizes)
    {
        int most = sizes.Max(size => size.Rounds);
        for (int round = 0; round < most; round++)
        {
            foreach (BacklogSize size in sizes)
            {
                int first = (most - size.Rounds) / 2;
                if (round >= first && round < first + size.Rounds)
                {
                    yield return size.Tasks;
                }
            }
        }
    }

    private static async Task<BacklogRound> MeasureRoundAsync(GrowthRun run, LoadRun load, LoadPublisher publisher, int tasks)
    {
        long? before = await run.ReadBrokerMemoryAsync();
        double publishRate = await publisher.FillAsync(LoadProcessors.NoOp, tasks, run.Stopping);
        long? filled = await run.ReadBrokerMemoryAsync();
        LoadOutcome outcome = await load.ConsumeAsync(1, tasks, run.Stopping);
        long? after = await run.ReadBrokerMemoryAsync();
        GrowthRun.Say($"backlog {tasks:N0}: published {publishRate:N0}/s, consumed {outcome.Rate:N0}/s");
        ExecutionReport report = outcome.Reports[0];
        return new BacklogRound(tasks)
        {
            ConsumeRate = outcome.Rate,
            PublishRate = publishRate,
            CpuMicrosecondsPerTask = outcome.CpuMicrosecondsPerTask,
            WorkerPeakBytes = outcome.PeakBytes,
            RateOfFirst10K = report.RateOfFirst(Milestones.Ramp),
            RateOfFirst100K = report.RateOfFirst(Milestones.Stretch),
            RateOfLast100K = report.RateOfLast(Milestones.Stretch),
            RateOfLast10K = report.RateOfLast(Milestones.Ramp),
            BrokerBytesBefore = before,
            BrokerBytesFilled = filled,
            BrokerBytesAfter = after,
        };
    }
}

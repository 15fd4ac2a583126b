using BrokerQueues.Benchmarks.Growth.Queues;
using BrokerQueues.Benchmarks.Growth.Traces;
using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>What a node costs, by how many queues it consumes.</summary>
internal sealed record QueuesCurve(IReadOnlyList<QueuesPoint> Points)
{
    private const int Demanded = 100;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    public static async Task<QueuesCurve> MeasureAsync(GrowthRun run, Sizes sizes)
    {
        try
        {
            var declaring = new Dictionary<int, NodeAnswer>();
            foreach (int queues in sizes.Queues)
            {
                declaring[queues] = await AskAsync(run, queues);
                GrowthRun.Say($"{queues} queues: declared and consumed after {declaring[queues].Cold.StartMilliseconds:N0} ms");
            }

            var again = sizes.Queues.ToDictionary(queues => queues, _ => new List<NodeAnswer>());
            for (int round = 0; round < sizes.QueueRounds; round++)
            {
                foreach (int queues in sizes.Queues)
                {
                    again[queues].Add(await AskAsync(run, queues));
                    GrowthRun.Say($"{queues} queues that exist: {again[queues][^1].Cold.StartMilliseconds:N0} ms");
                }
            }

            double one = Summary.Of(again[sizes.Queues[0]].Select(answer => (double)answer.Cold.ManagedBytes)).Median;
            return new QueuesCurve([.. sizes.Queues.Select(queues => QueuesPoint.Of(queues, declaring[queues], again[queues], one))]);
        }
        finally
        {
            foreach (int queues in sizes.Queues)
            {
                await RunTraces.DeleteAsync(PlaceOf(run, queues), GeneratedQueues.Ids(queues));
            }
        }
    }

    public IEnumerable<Bar> Bars()
    {
        if (Points.FirstOrDefault(point => point.Queues == Demanded) is { } point)
        {
            yield return Bar.Below($"start with {Demanded} queues that exist, fresh process, s", point.ColdStartMilliseconds.Median / 1000, 3);
            yield return Bar.AtMost($"managed memory a queue with {Demanded} queues, KiB", point.ManagedBytesPerQueue!.Median / 1024, 100);
        }
    }

    // A process for each: what is compiled in one would help the next.
    private static async Task<NodeAnswer> AskAsync(GrowthRun run, int queues)
    {
        run.Stopping.ThrowIfCancellationRequested();
        await using var node = MeasuredProcess.Start($"node with {queues} queues", QueuesNode.Command);
        return await node.AskAsync<NodeAnswer>(new NodeQuestion(PlaceOf(run, queues), queues), s_limit);
    }

    private static Place PlaceOf(GrowthRun run, int queues) => run.PlaceOf($"queues-{queues}");
}

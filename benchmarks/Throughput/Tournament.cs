using BrokerQueues.Benchmarks.Measuring;
using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Contenders;
using BrokerQueues.Benchmarks.Throughput.Report;
using BrokerQueues.Benchmarks.Throughput.Scenarios;

namespace BrokerQueues.Benchmarks.Throughput;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">How often each contender does each scenario.</param>
/// <param name="Scale">What the numbers of tasks are multiplied by.</param>
/// <param name="Tasks">Replaces the numbers of tasks, where given.</param>
/// <param name="Contenders">Who takes part.</param>
internal sealed record Extent(int Rounds, double Scale, int? Tasks, IReadOnlyList<string> Contenders);

/// <summary>
/// Lets the contenders do each scenario in turn, one at a time, so that all meet the same moods of machine and broker. The order changes from
/// round to round, so that each comes behind each other one equally often: what one leaves in the broker meets all alike.
/// </summary>
internal sealed class Tournament(Extent extent, Func<string, MeasuredProcess> start) : IAsyncDisposable
{
    /// <summary>A contender that does not answer in this time never will.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    /// <summary>How long a round of latency is published for, at scale 1.</summary>
    private static readonly TimeSpan s_latencyRound = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_shortestLatencyRound = TimeSpan.FromSeconds(2);

    /// <summary>Where those scenarios were not run that the rate of latency is derived from.</summary>
    private const double DefaultRate = 1000;

    private readonly Dictionary<string, MeasuredProcess> _processes = new(StringComparer.Ordinal);
    private readonly List<ScenarioResult> _results = [];

    public IReadOnlyList<ScenarioResult> Results => _results;

    public async Task<ScenarioResult> RunAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        string[] contenders = [.. ScenarioTable.ContendersOf(scenario, extent.Contenders)];
        Assignment assignment = Assign(scenario);
        var rounds = contenders.ToDictionary(name => name, _ => new List<Measurement>(), StringComparer.Ordinal);

        // Nothing is kept of the rounds that warm up. Publishing was at its rate in the third or fourth round; a round of consuming warms up by
        // its first quarter too.
        int warmUps = scenario.Kind is ScenarioKind.PublishBulk or ScenarioKind.PublishAwaited ? 3 : 1;
        for (int round = 1 - warmUps; round <= extent.Rounds; round++)
        {
            Assignment asked = round < 1 && warmUps == 1 ? assignment with { Tasks = Math.Max(1, assignment.Tasks / 3) } : assignment;
            for (int turn = 0; turn < contenders.Length; turn++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string name = contenders[(TurnOrder(turn, contenders.Length) + round + warmUps) % contenders.Length];
                Measurement measured = await Process(name).AskAsync<Measurement>(asked, s_limit).WaitAsync(cancellationToken);
                if (round > 0)
                {
                    rounds[name].Add(measured);
                }
            }
        }

        var result = new ScenarioResult(
            scenario.Id, assignment.Tasks, scenario.Kind == ScenarioKind.Latency ? assignment.RatePerSecond : null,
            [.. contenders.Select(name => new ContenderResult(name, rounds[name]))]);
        _results.Add(result);
        return result;
    }

    /// <summary>Ends all at once: each has the same time to clean up.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_processes.Values.Select(process => process.DisposeAsync().AsTask()));

    private MeasuredProcess Process(string name) => _processes.TryGetValue(name, out MeasuredProcess? process) ? process : _processes[name] = start(name);

    // 0, 1, n - 1, 2, n - 2 ...: rotated, the rows of a Williams square, for an even number of contenders.
    private static int TurnOrder(int turn, int contenders) => turn % 2 == 1 ? (turn + 1) / 2 : contenders - (turn / 2);

    private Assignment Assign(Scenario scenario)
    {
        if (scenario.Kind != ScenarioKind.Latency)
        {
            return new Assignment(scenario, extent.Tasks ?? Math.Max(1, (int)(scenario.Tasks * extent.Scale)), RatePerSecond: 0);
        }

        double rate = LatencyRate();
        double seconds = Math.Max(s_shortestLatencyRound.TotalSeconds, s_latencyRound.TotalSeconds * extent.Scale);
        return new Assignment(scenario, extent.Tasks ?? (int)(rate * seconds), rate);
    }

    /// <summary>
    /// Half of what the slowest contender can publish and consume at once. Half of its rate of consuming alone would be all it has where
    /// publishing costs as much: the queue would grow, and latency would tell its length.
    /// </summary>
    private double LatencyRate()
    {
        ScenarioResult? consume = _results.Find(result => result.Scenario == ScenarioTable.Consume16);
        ScenarioResult? publish = _results.Find(result => result.Scenario == ScenarioTable.PublishAwaiting64);
        if (consume is null || publish is null)
        {
            return DefaultRate;
        }

        double both = consume.Contenders.Min(contender =>
            1 / ((1 / contender.TasksPerSecond.Median) + (1 / publish.Find(contender.Contender)!.TasksPerSecond.Median)));
        return Math.Floor(both / 2 / 100) * 100;
    }
}

using System.IO.Enumeration;
using BrokerQueues.Benchmarks.Throughput.Contenders;

namespace BrokerQueues.Benchmarks.Throughput.Scenarios;

/// <summary>All scenarios. The numbers of tasks make a round of about a second, of some seconds where a bar is; a scale makes them fewer.</summary>
internal static class ScenarioTable
{
    public const string PublishBulk = "publish-bulk";
    public const string PublishAwaiting64 = "publish-awaiting-64";
    public const string Consume1 = "consume-1";
    public const string Consume16 = "consume-16";
    public const string Sequential1 = "sequential-prefetch1";
    public const string Sequential200 = "sequential-prefetch200";
    public const string Latency = "latency";

    /// <summary>In the order in which they run: latency after those that its rate is derived from, large bodies last, because of what they leave in the memory of all.</summary>
    public static readonly IReadOnlyList<Scenario> All =
    [
        new(PublishBulk, ScenarioKind.PublishBulk, 60_000),
        new("publish-awaiting-1", ScenarioKind.PublishAwaited, 1_500),
        new(PublishAwaiting64, ScenarioKind.PublishAwaited, 50_000) { Callers = 64 },
        new(Consume1, ScenarioKind.Consume, 160_000) { Concurrency = 1 },
        new("consume-10", ScenarioKind.Consume, 40_000) { Concurrency = 10 },
        new(Consume16, ScenarioKind.Consume, 160_000),
        new("consume-200", ScenarioKind.Consume, 40_000) { Concurrency = 200 },
        new("consume-wait1ms-1", ScenarioKind.Consume, 300) { Concurrency = 1, WaitMilliseconds = 1 },
        new("consume-wait1ms-10", ScenarioKind.Consume, 3_000) { Concurrency = 10, WaitMilliseconds = 1 },
        new("consume-wait1ms-200", ScenarioKind.Consume, 20_000) { Concurrency = 200, WaitMilliseconds = 1 },
        new("consume-5-prefetch10", ScenarioKind.Consume, 20_000) { Concurrency = 5, Prefetch = 10 },
        new(Sequential1, ScenarioKind.Consume, 8_000) { Concurrency = 1, Prefetch = 1, Sequential = true },
        new(Sequential200, ScenarioKind.Consume, 60_000) { Concurrency = 1, Sequential = true },
        new("mix10-16", ScenarioKind.Consume, 40_000) { TaskTypes = 10 },
        new(Latency, ScenarioKind.Latency, 0),
        new("publish-100b", ScenarioKind.PublishBulk, 30_000) { Body = BodySize.Small },
        new("consume-100b-16", ScenarioKind.Consume, 30_000) { Body = BodySize.Small },
        new("publish-64k", ScenarioKind.PublishBulk, 2_500) { Body = BodySize.Large },
        new("consume-64k-16", ScenarioKind.Consume, 4_000) { Body = BodySize.Large },
    ];

    /// <summary>Who of those named takes part: the same topology as ours is there to tell what it costs publishers.</summary>
    public static IEnumerable<string> ContendersOf(Scenario scenario, IReadOnlyList<string> names) => names.Where(name =>
        name != ContenderNames.ClientTopology || scenario.Kind is ScenarioKind.PublishBulk or ScenarioKind.PublishAwaited);

    /// <param name="patterns">Names with <c>*</c> and <c>?</c>, separated by commas; null for all.</param>
    public static IReadOnlyList<Scenario> Matching(string? patterns)
    {
        string[] wanted = (patterns ?? "*").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. All.Where(scenario => wanted.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, scenario.Id)))];
    }
}

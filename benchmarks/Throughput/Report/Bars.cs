using BrokerQueues.Benchmarks.Measuring;
using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Contenders;
using BrokerQueues.Benchmarks.Throughput.Scenarios;

namespace BrokerQueues.Benchmarks.Throughput.Report;

/// <summary>What was asked of us, and whether it holds.</summary>
/// <param name="What">The figure, and against whom.</param>
/// <param name="Measured">The median over the rounds; null where its scenario was not run.</param>
/// <param name="Bar">What it must reach, or must not exceed.</param>
/// <param name="AtLeast">Whether it must reach the bar.</param>
internal sealed record BarResult(string What, Summary? Measured, double Bar, bool AtLeast)
{
    public bool? Held => Measured is null ? null : Holds(Measured.Median);

    /// <summary>In how many rounds it held: beside a median near the bar, this tells how much the verdict is worth.</summary>
    public int? RoundsHeld => Measured?.Values.Count(Holds);

    private bool Holds(double value) => AtLeast ? value >= Bar : value <= Bar;
}

/// <summary>The bars of BrokerQueues.</summary>
internal static class Bars
{
    public static IReadOnlyList<BarResult> Judge(IReadOnlyList<ScenarioResult> results) =>
    [
        Rate(results, ScenarioTable.Consume1, ContenderNames.ClientJson, 1.25),
        Rate(results, ScenarioTable.Consume16, ContenderNames.ClientJson, 1.25),
        Rate(results, ScenarioTable.Consume1, ContenderNames.MassTransit, 1.3),
        Rate(results, ScenarioTable.Consume16, ContenderNames.MassTransit, 1.3),
        Rate(results, ScenarioTable.Consume1, ContenderNames.Wolverine, 1.3),
        Rate(results, ScenarioTable.Consume16, ContenderNames.Wolverine, 1.3),
        Rate(results, ScenarioTable.Consume1, ContenderNames.ClientBytes, 0.9),
        Rate(results, ScenarioTable.Consume16, ContenderNames.ClientBytes, 0.9),
        Rate(results, ScenarioTable.PublishBulk, ContenderNames.ClientJson, 0.95),
        Rate(results, ScenarioTable.PublishAwaiting64, ContenderNames.ClientJson, 0.95),
        Rate(results, ScenarioTable.PublishBulk, ContenderNames.ClientTopology, 0.95),
        Rate(results, ScenarioTable.PublishAwaiting64, ContenderNames.ClientTopology, 0.95),
        Rate(results, ScenarioTable.Sequential1, ContenderNames.ClientJson, 0.95),
        Rate(results, ScenarioTable.Sequential200, ContenderNames.ClientJson, 0.95),
        Ratio(results, ScenarioTable.Latency, "p99", ContenderNames.ClientJson, Figures.LatencyP99, 1.15, atLeast: false),
        Ratio(results, ScenarioTable.Consume1, "CPU per task", ContenderNames.ClientJson, Figures.Cpu, 0.9, atLeast: false),
        Ratio(results, ScenarioTable.Consume16, "CPU per task", ContenderNames.ClientJson, Figures.Cpu, 0.9, atLeast: false),
        new($"{ScenarioTable.Consume16}: allocated bytes per task", Ours(results, ScenarioTable.Consume16)?.Of(Figures.Allocated), 3072, AtLeast: false),
        Rate(results, ScenarioTable.PublishBulk, ContenderNames.MassTransit, 1.2),
        Metrics(results, ScenarioTable.Consume1),
        Metrics(results, ScenarioTable.Consume16),
    ];

    private static BarResult Rate(IReadOnlyList<ScenarioResult> results, string scenario, string other, double bar) =>
        Ratio(results, scenario, "rate", other, Figures.Rate, bar, atLeast: true);

    private static BarResult Metrics(IReadOnlyList<ScenarioResult> results, string scenario) =>
        new($"{scenario}: rate with metrics / without", Find(results, scenario)?.Ratio(ContenderNames.Metrics, ContenderNames.Ours, Figures.Rate), 0.95, AtLeast: true);

    private static BarResult Ratio(
        IReadOnlyList<ScenarioResult> results, string scenario, string what, string other, Func<Measurement, double> figure, double bar, bool atLeast) =>
        new($"{scenario}: {what} / {other}", Find(results, scenario)?.Ratio(ContenderNames.Ours, other, figure), bar, atLeast);

    private static ContenderResult? Ours(IReadOnlyList<ScenarioResult> results, string scenario) => Find(results, scenario)?.Find(ContenderNames.Ours);

    private static ScenarioResult? Find(IReadOnlyList<ScenarioResult> results, string scenario) => results.FirstOrDefault(result => result.Scenario == scenario);
}

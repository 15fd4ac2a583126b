using BrokerQueues.Benchmarks.Measuring;
using BrokerQueues.Benchmarks.Throughput.Child;

namespace BrokerQueues.Benchmarks.Throughput.Report;

/// <summary>All rounds of one contender in one scenario.</summary>
internal sealed record ContenderResult(string Contender, IReadOnlyList<Measurement> Rounds)
{
    public Summary TasksPerSecond => Of(Figures.Rate);

    public Summary CpuMicrosecondsPerTask => Of(Figures.Cpu);

    public Summary AllocatedBytesPerTask => Of(Figures.Allocated);

    public Summary PeakMebibytes => Of(round => round.PeakMebibytes);

    public Summary Of(Func<Measurement, double> figure) => Summary.Of(Rounds.Select(figure));
}

/// <summary>All contenders of one scenario.</summary>
internal sealed record ScenarioResult(string Scenario, int Tasks, double? PublishedPerSecond, IReadOnlyList<ContenderResult> Contenders)
{
    public ContenderResult? Find(string contender) => Contenders.FirstOrDefault(result => result.Contender == contender);

    /// <summary>
    /// One contender against another: the quotient of each round, then their median. What slows the machine for a while then slows
    /// both sides of a quotient.
    /// </summary>
    /// <returns>Null where one of them did not take part.</returns>
    public Summary? Ratio(string contender, string other, Func<Measurement, double> figure) =>
        Find(contender) is { } one && Find(other) is { } two ? Summary.Of(one.Rounds.Zip(two.Rounds, (a, b) => figure(a) / figure(b))) : null;

    /// <summary>The rates of all contenders against those that others are held against.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, Summary>> RateRatios => Contenders.ToDictionary(
        result => result.Contender,
        IReadOnlyDictionary<string, Summary> (result) => ConsoleReport.References
            .Where(reference => reference != result.Contender && Find(reference) is not null)
            .ToDictionary(reference => reference, reference => Ratio(result.Contender, reference, Figures.Rate)!, StringComparer.Ordinal),
        StringComparer.Ordinal);
}

/// <summary>The figures that are compared.</summary>
internal static class Figures
{
    public static double Rate(Measurement round) => round.TasksPerSecond;

    public static double Cpu(Measurement round) => round.CpuMicrosecondsPerTask;

    public static double Allocated(Measurement round) => round.AllocatedBytesPerTask;

    public static double LatencyP99(Measurement round) => round.LatencyMicroseconds!.P99;
}

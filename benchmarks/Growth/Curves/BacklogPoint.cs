using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>One backlog of a size, from the first publish to the last end. Rates are tasks a second.</summary>
internal sealed record BacklogRound(int Tasks)
{
    /// <summary>From the first start to the last end.</summary>
    public required double ConsumeRate { get; init; }

    /// <summary>Confirmed, while filling.</summary>
    public required double PublishRate { get; init; }

    public required double CpuMicrosecondsPerTask { get; init; }

    public required long WorkerPeakBytes { get; init; }

    // A short run is mostly ramp-up, so a long one is also looked at in pieces as long as the short ones; null where it is no longer itself.
    public required double? RateOfFirst10K { get; init; }

    public required double? RateOfFirst100K { get; init; }

    public required double? RateOfLast100K { get; init; }

    public required double? RateOfLast10K { get; init; }

    public required long? BrokerBytesBefore { get; init; }

    public required long? BrokerBytesFilled { get; init; }

    public required long? BrokerBytesAfter { get; init; }
}

/// <summary>All rounds of a size.</summary>
internal sealed record BacklogPoint(int Tasks, Summary ConsumeRate, Summary PublishRate, Summary CpuMicrosecondsPerTask, IReadOnlyList<BacklogRound> Rounds)
{
    public static BacklogPoint Of(int tasks, IReadOnlyList<BacklogRound> rounds) => new(
        tasks,
        Summary.Of(rounds.Select(round => round.ConsumeRate)),
        Summary.Of(rounds.Select(round => round.PublishRate)),
        Summary.Of(rounds.Select(round => round.CpuMicrosecondsPerTask)),
        rounds);

    /// <summary>The median of what only longer runs have.</summary>
    public double? Median(Func<BacklogRound, double?> figure)
    {
        List<double> values = [.. Rounds.Select(figure).OfType<double>()];
        return values.Count == 0 ? null : Summary.Of(values).Median;
    }
}

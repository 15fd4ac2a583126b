namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>How much later than expected tasks started, in milliseconds; negative is early.</summary>
internal sealed record Lateness
{
    private static readonly double[] s_shares = [0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 100];
    private static readonly double[] s_limits = [0, 10, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, double.MaxValue];

    public required double P50 { get; init; }

    public required double P99 { get; init; }

    public required double Max { get; init; }

    public required IReadOnlyList<Percentile> Percentiles { get; init; }

    public required IReadOnlyList<Bucket> Histogram { get; init; }

    public static Lateness Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Lateness
        {
            P50 = At(sorted, 50),
            P99 = At(sorted, 99),
            Max = sorted[^1],
            Percentiles = [.. s_shares.Select(share => new Percentile(share, At(sorted, share)))],
            Histogram = [.. s_limits.Select((limit, index) => new Bucket(
                limit, sorted.Count(value => value < limit && (index == 0 || value >= s_limits[index - 1]))))],
        };
    }

    private static double At(double[] sorted, double share) => sorted[(int)Math.Round(share / 100 * (sorted.Length - 1))];
}

internal sealed record Percentile(double Share, double Milliseconds);

/// <param name="Below">The first value above the bucket, in milliseconds.</param>
/// <param name="Tasks">How many tasks.</param>
internal sealed record Bucket(double Below, int Tasks);

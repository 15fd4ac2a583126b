namespace BrokerQueues.Benchmarks.Measuring;

/// <summary>The values of one figure over all rounds. The median is what is quoted; the values stay, so that any other can be taken.</summary>
public sealed record Summary(double Median, double Min, double Max, IReadOnlyList<double> Values)
{
    public static Summary Of(IEnumerable<double> values)
    {
        double[] inOrderOfRounds = [.. values];
        if (inOrderOfRounds.Length == 0)
        {
            throw new ArgumentException("There is nothing to sum up: no round was measured.", nameof(values));
        }

        double[] sorted = [.. inOrderOfRounds.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Summary(median, sorted[0], sorted[^1], inOrderOfRounds);
    }
}

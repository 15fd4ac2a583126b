using BrokerQueues.Benchmarks.Throughput.Scenarios;

namespace BrokerQueues.Benchmarks.Throughput.Child;

/// <summary>One round of one contender.</summary>
/// <param name="Scenario">What it does.</param>
/// <param name="Tasks">With how many tasks.</param>
/// <param name="RatePerSecond">How many are published per second, where the scenario has a rate.</param>
internal sealed record Assignment(Scenario Scenario, int Tasks, double RatePerSecond);

/// <summary>What came of it.</summary>
internal sealed record Measurement
{
    public required int Tasks { get; init; }

    /// <summary>Publishing: until all are confirmed. Consuming: from the first start of a processor to the last end.</summary>
    public required double Seconds { get; init; }

    public required double TasksPerSecond { get; init; }

    public required double CpuMicrosecondsPerTask { get; init; }

    public required double AllocatedBytesPerTask { get; init; }

    public required double PeakMebibytes { get; init; }

    /// <summary>CPU time from the start of consuming to the start of the first processor, which is not in <see cref="CpuMicrosecondsPerTask"/>.</summary>
    public double? StartUpCpuMilliseconds { get; init; }

    /// <summary>The body of a message as the broker has it; null where the scenario does not look.</summary>
    public int? BodyBytes { get; init; }

    public LatencyFigures? LatencyMicroseconds { get; init; }
}

/// <summary>From the time at which a publish was due to the start of the processor.</summary>
internal sealed record LatencyFigures(double P50, double P99, double P999, double Max)
{
    /// <param name="microseconds">Is sorted.</param>
    public static LatencyFigures Of(double[] microseconds)
    {
        Array.Sort(microseconds);
        return new LatencyFigures(At(microseconds, 0.5), At(microseconds, 0.99), At(microseconds, 0.999), microseconds[^1]);
    }

    // Nearest rank: a value that has been measured.
    private static double At(double[] sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
}

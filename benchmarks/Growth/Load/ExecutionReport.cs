using System.Diagnostics;
using Newtonsoft.Json;

namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>What one worker executed. Times are of the machine's monotonic clock, so that those of several processes can be compared.</summary>
/// <param name="FirstStart">When the first task started; 0 where there was none.</param>
/// <param name="Milestones">When the tasks that <see cref="Load.Milestones.Of"/> names had ended, the last one last.</param>
/// <param name="Executions">How often each task was executed.</param>
/// <param name="Lateness">For delayed tasks: how many milliseconds after its due time each was started.</param>
internal sealed record ExecutionReport(long FirstStart, long[] Milestones, byte[] Executions, double[]? Lateness)
{
    [JsonIgnore]
    public int Count => Executions.Sum(count => count);

    [JsonIgnore]
    public bool IsEmpty => Milestones.Length == 0;

    [JsonIgnore]
    public long LastEnd => Milestones[^1];

    /// <summary>Tasks a second among the first so many, from the first start.</summary>
    public double? RateOfFirst(int tasks) => At(tasks) is { } end && tasks < Count ? tasks / Stopwatch.GetElapsedTime(FirstStart, end).TotalSeconds : null;

    /// <summary>Tasks a second among the last so many.</summary>
    public double? RateOfLast(int tasks) => At(Count - tasks) is { } before ? tasks / Stopwatch.GetElapsedTime(before, LastEnd).TotalSeconds : null;

    private long? At(int tasks)
    {
        int index = Load.Milestones.Of(Count).ToList().IndexOf(tasks);
        return index < 0 ? null : Milestones[index];
    }
}

/// <summary>After which tasks the time is reported: all of a million times would be more than anybody reads.</summary>
internal static class Milestones
{
    public const int Ramp = 10_000;
    public const int Stretch = 100_000;

    public static IEnumerable<int> Of(int tasks) =>
        new[] { Ramp, Stretch, tasks - Stretch, tasks - Ramp, tasks }.Where(count => count > 0 && count <= tasks).Distinct().Order();
}

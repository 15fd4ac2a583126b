using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>What must hold whatever was killed, read off the journals.</summary>
internal sealed class Invariants(IReadOnlyList<Execution> executions, IReadOnlyDictionary<string, long> deaths)
{
    /// <summary>The numbers below <paramref name="count"/> that no execution has completed.</summary>
    public List<long> Missing(long count) => Missing(Enumerable.Range(0, (int)count).Select(seq => (long)seq));

    public List<long> Missing(IEnumerable<long> expected)
    {
        var completed = executions.Where(execution => execution.IsCompleted).Select(execution => execution.Seq).ToHashSet();
        return [.. expected.Where(seq => !completed.Contains(seq))];
    }

    /// <summary>How many executions there were beyond the first of each task.</summary>
    public int Duplicates => executions.Count - executions.DistinctBy(execution => execution.Seq).Count();

    /// <summary>How many executions completed beyond the first completion of each task.</summary>
    public int CompletedTwice => executions.Count(execution => execution.IsCompleted) -
        executions.Where(execution => execution.IsCompleted).DistinctBy(execution => execution.Seq).Count();

    /// <summary>How many executions a SIGKILL cut. Without any, a test of kills has shown nothing.</summary>
    public int Cut => executions.Count(execution => execution.End is null && deaths.ContainsKey(execution.Node));

    /// <summary>
    /// The executions that began while another ran, and for how long the two ran side by side. One that was cut has no end in
    /// the journal: it ended with its process, at the latest.
    /// </summary>
    public List<Overlap> Overlaps
    {
        get
        {
            var overlaps = new List<Overlap>();
            for (int i = 0; i < executions.Count; i++)
            {
                long end = EndOf(executions[i]);
                for (int next = i + 1; next < executions.Count && executions[next].Start.AtUnixMs < end; next++)
                {
                    long together = Math.Min(end, EndOf(executions[next])) - executions[next].Start.AtUnixMs;
                    overlaps.Add(new Overlap(executions[i], executions[next], TimeSpan.FromMilliseconds(together)));
                }
            }

            return overlaps;
        }
    }

    /// <summary>The first executions of tasks that began after the first execution of a later task.</summary>
    public List<Execution> OutOfOrder
    {
        get
        {
            var late = new List<Execution>();
            long highest = -1;
            foreach (Execution first in executions.DistinctBy(execution => execution.Seq))
            {
                if (first.Seq < highest)
                {
                    late.Add(first);
                }

                highest = Math.Max(highest, first.Seq);
            }

            return late;
        }
    }

    /// <summary>Sequential: nothing lost, first executions in order, none side by side but those that are tolerated.</summary>
    public void AssertSequential(long count, ITestOutputHelper output, Predicate<Overlap>? tolerated = null)
    {
        TimeSpan longest = Overlaps.Select(overlap => overlap.Length).DefaultIfEmpty().Max();
        output.WriteLine(
            $"sequential: overlaps {Overlaps.Count} (longest {longest.TotalMilliseconds} ms), order violations {OutOfOrder.Count}, missing {Missing(count).Count}, duplicates {Duplicates} of {count}");
        Assert.Empty(Missing(count));
        Assert.Empty(OutOfOrder);
        Assert.DoesNotContain(Overlaps, overlap => tolerated?.Invoke(overlap) != true);
    }

    private long EndOf(Execution execution) => execution.End?.AtUnixMs ?? deaths.GetValueOrDefault(execution.Node, long.MaxValue);
}

/// <summary>Two executions side by side.</summary>
internal sealed record Overlap(Execution Running, Execution Next, TimeSpan Length);

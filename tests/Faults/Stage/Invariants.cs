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

    /// <summary>
    /// The executions that began while another ran. The lines of the journal are in the order of their writing, but one that
    /// was cut has no end: it ended with its process, at the latest.
    /// </summary>
    public List<(Execution Running, Execution Next)> Overlaps
    {
        get
        {
            var overlaps = new List<(Execution, Execution)>();
            for (int i = 0; i < executions.Count; i++)
            {
                long end = EndOf(executions[i]);
                for (int next = i + 1; next < executions.Count && executions[next].Start.AtUnixMs < end; next++)
                {
                    overlaps.Add((executions[i], executions[next]));
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

    /// <summary>Sequential: nothing lost, nothing side by side, first executions in order.</summary>
    public void AssertSequential(long count, ITestOutputHelper output)
    {
        output.WriteLine($"sequential: overlaps {Overlaps.Count}, order violations {OutOfOrder.Count}, missing {Missing(count).Count}, duplicates {Duplicates} of {count}");
        Assert.Empty(Missing(count));
        Assert.Empty(OutOfOrder);
        Assert.Empty(Overlaps);
    }

    private long EndOf(Execution execution) => execution.End?.AtUnixMs ?? deaths.GetValueOrDefault(execution.Node, long.MaxValue);
}

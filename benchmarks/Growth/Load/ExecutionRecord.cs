using System.Diagnostics;

namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>What one worker executed, kept so that writing it down costs next to nothing: arrays that are there before the first task.</summary>
/// <param name="tasks">How many tasks there are; their numbers are smaller.</param>
internal sealed class ExecutionRecord(int tasks)
{
    private readonly int[] _executions = new int[tasks];
    private readonly double[] _lateness = new double[tasks];
    private readonly long[] _ends = new long[tasks];
    private long _firstStart;
    private int _ended;
    private bool _delayed;

    public int Done => Volatile.Read(ref _ended);

    public void Started(LoadDirective directive)
    {
        if (Volatile.Read(ref _firstStart) == 0)
        {
            Interlocked.CompareExchange(ref _firstStart, Stopwatch.GetTimestamp(), 0);
        }

        if (directive.DueAt != 0)
        {
            _delayed = true;
            _lateness[directive.Seq] = TimeSpan.FromTicks(DateTime.UtcNow.Ticks - directive.DueAt).TotalMilliseconds;
        }

        Interlocked.Increment(ref _executions[directive.Seq]);
    }

    public void Ended()
    {
        int index = Interlocked.Increment(ref _ended) - 1;
        // More ends than tasks: some were executed twice, which the counts will say.
        if (index < _ends.Length)
        {
            _ends[index] = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>To be asked when nothing runs any more.</summary>
    public ExecutionReport Report()
    {
        long[] ends = [.. _ends.Take(_ended).Order()];
        long[] milestones = [.. Milestones.Of(ends.Length).Select(count => ends[count - 1])];
        return new ExecutionReport(_firstStart, milestones, [.. _executions.Select(count => (byte)Math.Min(count, byte.MaxValue))], _delayed ? _lateness : null);
    }
}

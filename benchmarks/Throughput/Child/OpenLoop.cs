using System.Diagnostics;
using System.Runtime.InteropServices;

namespace BrokerQueues.Benchmarks.Throughput.Child;

/// <summary>
/// Publishes by the clock, whatever becomes of what was published before. Each publish is due at a millisecond tick, and its latency counts
/// from there: one that starts late is not let off.
/// </summary>
internal sealed class OpenLoop(double ratePerSecond, int publishes, TimeSpan leadIn)
{
    private const int TicksPerSecond = 1000;

    /// <summary>How many come first and do not count.</summary>
    public int LeadIn { get; } = (int)(ratePerSecond * leadIn.TotalSeconds);

    public int Publishes => LeadIn + publishes;

    /// <summary>Returns when all are confirmed.</summary>
    /// <param name="publish">Publishes the n-th task, due at a timestamp of <see cref="Stopwatch"/>.</param>
    public async Task RunAsync(Func<int, long, Task> publish)
    {
        var confirms = new Task[Publishes];
        var paced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // A thread of its own: the pool is the contender's.
        var pacer = new Thread(() =>
        {
            try
            {
                Pace(confirms, publish);
                paced.SetResult();
            }
#pragma warning disable CA1031 // Told to whoever waits.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                paced.SetException(exception);
            }
        })
        { IsBackground = true, Name = "pacer" };
        pacer.Start();
        await paced.Task;
        await Task.WhenAll(confirms);
    }

    private void Pace(Task[] confirms, Func<int, long, Task> publish)
    {
        long began = Stopwatch.GetTimestamp();
        int number = 0;
        for (long tick = 1; number < confirms.Length; tick++)
        {
            long dueAt = began + (tick * Stopwatch.Frequency / TicksPerSecond);
            SleepUntil(dueAt);
            for (int until = (int)Math.Min(confirms.Length, tick * ratePerSecond / TicksPerSecond); number < until; number++)
            {
                confirms[number] = publish(number, dueAt);
            }
        }
    }

    // Thread.Sleep knows whole milliseconds only, and oversleeps by a part of the next; spinning would take half of the machine.
    private static void SleepUntil(long dueAt)
    {
        TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), dueAt);
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            Thread.Sleep(left);
            return;
        }

        var request = new TimeSpec { Seconds = (nint)(left.Ticks / TimeSpan.TicksPerSecond), Nanoseconds = (nint)(left.Ticks % TimeSpan.TicksPerSecond * 100) };
        _ = NativeMethods.nanosleep(in request, 0);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

#pragma warning disable IDE1006, SA1300, CA5392 // Named as libc names it; libc is always the system's.
    private static class NativeMethods
    {
        [DllImport("libc")]
        public static extern int nanosleep(in TimeSpec request, nint remaining);
    }
#pragma warning restore IDE1006, SA1300, CA5392
}

using System.Diagnostics;
using System.Globalization;

namespace BrokerQueues.Benchmarks.Measuring;

/// <summary>What this process used between <see cref="Start"/> and <see cref="Stop"/>.</summary>
/// <param name="Seconds">The time that passed.</param>
/// <param name="CpuMicroseconds">CPU time of all threads, user and kernel.</param>
/// <param name="AllocatedBytes">Managed memory that was allocated, collected or not.</param>
/// <param name="PeakBytes">The most resident memory; 0 where the system does not tell.</param>
public sealed record Usage(double Seconds, double CpuMicroseconds, long AllocatedBytes, long PeakBytes);

/// <summary>Measures this process over a stretch of time.</summary>
public sealed class ProcessMeter
{
    private readonly long _began;
    private readonly TimeSpan _cpu;
    private readonly long _allocated;

    private ProcessMeter()
    {
        ForgetPeak();
        _allocated = GC.GetTotalAllocatedBytes(precise: true);
        _cpu = CpuTime();
        _began = Stopwatch.GetTimestamp();
    }

    /// <summary>Starts from a collected heap, so that one round does not pay for the one before.</summary>
    public static ProcessMeter Start()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new ProcessMeter();
    }

    /// <summary>Starts in the middle of work, with the heap as it is.</summary>
    public static ProcessMeter StartAtOnce() => new();

    public Usage Stop()
    {
        TimeSpan passed = Stopwatch.GetElapsedTime(_began);
        TimeSpan cpu = CpuTime() - _cpu;
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - _allocated;
        return new Usage(passed.TotalSeconds, cpu.TotalMicroseconds, allocated, Peak());
    }

    private static TimeSpan CpuTime()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }

    // Linux keeps the high-water mark of resident memory and forgets it when asked (proc(5), clear_refs: 5).
    private static void ForgetPeak()
    {
        if (OperatingSystem.IsLinux())
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
    }

    private static long Peak()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line["VmHWM:".Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture) * 1024;
    }
}

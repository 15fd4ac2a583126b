using System.Diagnostics;

namespace BrokerQueues.Benchmarks.Throughput.Child;

/// <summary>What every processor does, and the record of it.</summary>
/// <param name="expected">How many executions there should be.</param>
/// <param name="waitMilliseconds">How long each waits.</param>
/// <param name="latencies">Takes how late each started, in ticks of <see cref="Stopwatch"/>; null where nobody asks.</param>
/// <param name="warmUp">How many come before the span that is measured.</param>
/// <param name="onMeasured">Called when that span begins.</param>
internal sealed class Executions(int expected, int waitMilliseconds, long[]? latencies = null, int warmUp = 0, Action? onMeasured = null)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _began;
    private long _ended;
    private int _starts;
    private int _ends;

    /// <summary>Completes when as many have ended as were expected.</summary>
    public Task All => _all.Task;

    public int Count => Volatile.Read(ref _ends);

    /// <summary>From the start of the first execution that is measured to the end of the last.</summary>
    public TimeSpan Span => Stopwatch.GetElapsedTime(_began, _ended);

    /// <param name="sentAt">When the publish of the task was due.</param>
    public Task ExecuteAsync(long sentAt)
    {
        Begin(sentAt);
        if (waitMilliseconds > 0)
        {
            return WaitAsync();
        }

        End();
        return Task.CompletedTask;
    }

    private async Task WaitAsync()
    {
        await Task.Delay(waitMilliseconds);
        End();
    }

    private void Begin(long sentAt)
    {
        int number = Interlocked.Increment(ref _starts);
        if (number == warmUp + 1)
        {
            _began = Stopwatch.GetTimestamp();
            onMeasured?.Invoke();
        }

        // More than expected is found out at the end.
        if (latencies is not null && number <= latencies.Length)
        {
            latencies[number - 1] = Stopwatch.GetTimestamp() - sentAt;
        }
    }

    private void End()
    {
        if (Interlocked.Increment(ref _ends) == expected)
        {
            _ended = Stopwatch.GetTimestamp();
            _all.SetResult();
        }
    }
}

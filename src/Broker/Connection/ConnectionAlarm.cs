namespace BrokerQueues.Broker.Connection;

/// <summary>Whether the broker blocks a connection (it is short of memory or disk space), and the wait until it no longer does.</summary>
internal sealed class ConnectionAlarm
{
    private Alarm? _present;

    /// <summary>Why it is blocked, in the broker's words; null where it is not.</summary>
    public string? Reason => Volatile.Read(ref _present)?.Reason;

    /// <summary>Returns when it is not, or no longer.</summary>
    public Task WhenOverAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _present) is { } alarm ? alarm.Over.Task.WaitAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>It is blocked. Whoever waits already goes on waiting, for the end of this one.</summary>
    public void Begin(string reason)
    {
        Alarm? before;
        Alarm alarm;
        do
        {
            before = Volatile.Read(ref _present);
            alarm = new Alarm(reason, before?.Over ?? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        while (Interlocked.CompareExchange(ref _present, alarm, before) != before);
    }

    /// <summary>It is no longer blocked, or lost.</summary>
    public void End() => Interlocked.Exchange(ref _present, null)?.Over.TrySetResult();

    private sealed record Alarm(string Reason, TaskCompletionSource Over);
}

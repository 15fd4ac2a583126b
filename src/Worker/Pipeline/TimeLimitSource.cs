namespace BrokerQueues.Worker.Pipeline;

/// <summary>
/// A token that fires after a time. What processors have registered with it runs then, and may throw: out of the timer of a
/// <see cref="CancellationTokenSource"/> that would end the process.
/// </summary>
internal sealed class TimeLimitSource : IDisposable
{
    private readonly CancellationTokenSource _reached = new();
    private readonly ITimer _timer;

    public TimeLimitSource(TimeSpan limit, TimeProvider time)
    {
        Token = _reached.Token;
        _timer = time.CreateTimer(static self => ((TimeLimitSource)self!).Reach(), this, limit, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token { get; }

    public void Dispose()
    {
        _timer.Dispose();
        _reached.Dispose();
    }

    private void Reach()
    {
        try
        {
            _reached.Cancel();
        }
#pragma warning disable CA1031 // All registrations have run; what one of them throws is its processor's affair, and so is the end of the execution.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}

namespace BrokerQueues.Broker.Consuming;

/// <summary>
/// Tells the executions of one session that they no longer count: each by a token of its own. What processors register with a token
/// runs one after the other when it fires, and one of them that blocks would otherwise keep all others from hearing of it. The
/// sources are used again, so that an execution costs no allocation.
/// </summary>
internal sealed class AbortSignal(Action<Exception> failed)
{
    private readonly Lock _gate = new();
    private readonly HashSet<CancellationTokenSource> _rented = [];
    private readonly Stack<CancellationTokenSource> _free = new();
    private readonly CancellationTokenSource _all = new();

    /// <summary>Fires for all; for code of ours alone.</summary>
    public CancellationToken All => _all.Token;

    /// <summary>A token source for one execution, to be returned.</summary>
    public CancellationTokenSource Rent()
    {
        lock (_gate)
        {
            if (!_free.TryPop(out CancellationTokenSource? source))
            {
                source = new CancellationTokenSource();
            }

            _rented.Add(source);
            if (_all.IsCancellationRequested)
            {
                _ = FireAsync(source);
            }

            return source;
        }
    }

    /// <summary>Takes it back when its execution is over. What is still registered with it is forgotten.</summary>
    public void Return(CancellationTokenSource source)
    {
        lock (_gate)
        {
            _rented.Remove(source);
            if (source.TryReset())
            {
                _free.Push(source);
            }
        }
    }

    /// <summary>Fires at once; what is registered runs elsewhere, for it is the code of processors, and the caller's thread may be the client's.</summary>
    public void Fire()
    {
        lock (_gate)
        {
            if (_all.IsCancellationRequested)
            {
                return;
            }

            _ = FireAsync(_all);
            foreach (CancellationTokenSource source in _rented)
            {
                _ = FireAsync(source);
            }
        }
    }

    private async Task FireAsync(CancellationTokenSource source)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // All of them have run; what one of them threw concerns its processor.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failed(exception);
        }
    }
}

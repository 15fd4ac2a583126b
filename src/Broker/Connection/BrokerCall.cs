namespace BrokerQueues.Broker.Connection;

/// <summary>
/// One wait on the broker and how long it may take. The client has no limit of its own for some (the handshake, a write to a socket whose
/// peer does not read), and ignores its token in others (closing, disposing); here each ends, whatever the peer does.
/// </summary>
internal static class BrokerCall
{
    /// <summary>One attempt at one host: TCP, TLS, handshake, the virtual host and a first channel.</summary>
    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(20);

    /// <summary>An answer of the broker: opening a channel, declaring, binding, subscribing. It is also given to the client as its ContinuationTimeout.</summary>
    public static readonly TimeSpan Answer = TimeSpan.FromSeconds(20);

    /// <summary>Any one step of leaving: basic.cancel, the last acknowledgements, closing a channel or a connection.</summary>
    public static readonly TimeSpan Leave = TimeSpan.FromSeconds(3);

    /// <summary>Asks, and gives up after <paramref name="limit"/>.</summary>
    /// <param name="what">What is asked, for the error: "opening a channel".</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ask">Asks; its token fires when the limit is over or <paramref name="cancellationToken"/> fires, and need not be obeyed.</param>
    /// <param name="abandon">Gets a result that comes after all, to dispose of it; it may not throw.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired.</exception>
    public static async Task<T> WithinAsync<T>(
        string what, TimeSpan limit, TimeProvider time, Func<CancellationToken, Task<T>> ask, Func<T, Task>? abandon, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        long began = time.GetTimestamp();
        Task<T> asked = ask(either.Token);
        try
        {
            return await asked.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && (over.IsCancellationRequested || time.GetElapsedTime(began) >= limit * 0.9))
        {
            // The client's own limit for an answer is the same, and may be a moment faster.
            _ = LeaveBehindAsync(asked, abandon);
            throw new TimeoutException($"the broker has not answered within {limit.TotalSeconds:0.#} s ({what})");
        }
        catch (OperationCanceledException)
        {
            // Also where the answer came in that very moment: nobody else has it.
            _ = LeaveBehindAsync(asked, abandon);
            throw;
        }
    }

    /// <summary>The same, for a question without a result.</summary>
    public static Task WithinAsync(string what, TimeSpan limit, TimeProvider time, Func<CancellationToken, Task> ask, CancellationToken cancellationToken) =>
        WithinAsync(
            what,
            limit,
            time,
            async token =>
            {
                await ask(token).ConfigureAwait(false);
                return true;
            },
            abandon: null,
            cancellationToken);

    private static async Task LeaveBehindAsync<T>(Task<T> asked, Func<T, Task>? abandon)
    {
        try
        {
            T late = await asked.ConfigureAwait(false);
            if (abandon is not null)
            {
                await abandon(late).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Nobody waits for it any more, and it has been told as unanswered.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}

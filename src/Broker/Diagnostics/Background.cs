namespace BrokerQueues.Broker.Diagnostics;

/// <summary>
/// Starts what belongs to the library and not to whoever happens to call first. Without it a loop would carry the first caller's
/// ExecutionContext for ever: his trace, his log scopes and whatever his AsyncLocals hold.
/// </summary>
internal static class Background
{
    /// <summary>Runs it on the pool, with nothing of the caller's context.</summary>
    public static Task Run(Func<Task> work)
    {
        // Suppressing what is suppressed throws.
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Start(work);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Start(work);
        }
    }

#pragma warning disable RS0030 // The one place that may: everyone else asks here.
    private static Task Start(Func<Task> work) => Task.Run(work, CancellationToken.None);
#pragma warning restore RS0030
}

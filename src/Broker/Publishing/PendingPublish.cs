namespace BrokerQueues.Broker.Publishing;

/// <summary>A publish whose caller waits: completed by the broker's confirm or refusal, or given up by the caller.</summary>
internal sealed class PendingPublish(OutboundMessage message)
    // Without this the caller's code would run on the client's read loop and hold up every other confirm.
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private int _claimed;

    public OutboundMessage Message { get; } = message;

    /// <summary>Whether a channel has ever taken it. Reliable where the publish is over: one that no channel took before is then never sent.</summary>
    public bool MayHaveArrived => Volatile.Read(ref _claimed) != 0;

    /// <summary>The broker has returned it as unroutable; its confirm follows.</summary>
    public bool Returned { get; set; }

    public bool IsOver => Task.IsCompleted;

    /// <summary>Takes it for a channel, which has to send it. False where its caller has given it up.</summary>
    /// <remarks>
    /// Marked first and asked then, with a full fence between: a caller that has given up and sees no mark can be sure that it is not sent later.
    /// </remarks>
    public bool TryClaim()
    {
        Interlocked.Exchange(ref _claimed, 1);
        return !IsOver;
    }
}

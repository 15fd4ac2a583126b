namespace BrokerQueues.Broker.Publishing;

/// <summary>A publish whose caller waits: completed by the broker's confirm or refusal, or given up by the caller.</summary>
internal sealed class PendingPublish(OutboundMessage message)
    // Without this the caller's code would run on the client's read loop and hold up every other confirm.
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private OutboundMessage _message = message;
    private int _claimed;

    /// <summary>The message; once the publish has failed or been given up, without body and headers.</summary>
    public OutboundMessage Message => Volatile.Read(ref _message);

    /// <summary>Whether a channel has ever taken it. Reliable where the publish is over: one that no channel took before is then never sent.</summary>
    public bool MayHaveArrived => Volatile.Read(ref _claimed) != 0;

    /// <summary>Measures how long the broker takes; null where nobody asks.</summary>
    public ConfirmClock? Clock { get; init; }

    /// <summary>The broker has returned it as unroutable; its confirm follows.</summary>
    public bool Returned { get; set; }

    public bool IsOver => Task.IsCompleted;

    /// <summary>Whether it stands in a <see cref="PublishQueue"/>, which alone writes this and the two links.</summary>
    public bool IsQueued { get; set; }

    public PendingPublish? Previous { get; set; }

    public PendingPublish? Next { get; set; }

    /// <summary>Takes it for a channel, which has to send this message. False where its caller has given it up.</summary>
    /// <remarks>
    /// Marked first and asked then, with a full fence between: a caller that has given up and sees no mark can be sure that it is not sent later.
    /// The message is read before that: one without its content belongs to a publish that was over already.
    /// </remarks>
    public bool TryClaim(out OutboundMessage toSend)
    {
        toSend = Message;
        Interlocked.Exchange(ref _claimed, 1);
        return !IsOver;
    }

    /// <summary>Its caller waits no longer. False where it is over already.</summary>
    public bool TryGiveUp()
    {
        if (!TrySetCanceled(CancellationToken.None))
        {
            return false;
        }

        DropContent();
        return true;
    }

    /// <summary>It was not published, unless it is over already.</summary>
    /// <param name="failure">Why, in kind.</param>
    /// <param name="reason">Why, in words: the end of a sentence, without its full stop.</param>
    /// <param name="cause">What led to it, if anything.</param>
    public void Fail(PublishFailure failure, string reason, Exception? cause = null)
    {
        TrySetException(new PublishFailedException(failure, Message, MayHaveArrived, reason, cause));
        DropContent();
    }

    /// <summary>It is not sent any more: whatever still holds it, as a slot of the window until the channel ends, does not hold its body.</summary>
    public void DropContent() => Volatile.Write(ref _message, Message.WithoutContent());
}

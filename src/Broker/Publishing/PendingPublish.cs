namespace BrokerQueues.Broker.Publishing;

/// <summary>A publish whose caller waits: completed by the broker's confirm or refusal, or given up by the caller.</summary>
internal sealed class PendingPublish(OutboundMessage message)
    // Without this the caller's code would run on the client's read loop and hold up every other confirm.
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public OutboundMessage Message { get; } = message;

    /// <summary>The broker has returned it as unroutable; its confirm follows.</summary>
    public bool Returned { get; set; }

    public bool IsOver => Task.IsCompleted;
}

namespace BrokerQueues.Broker.Publishing;

/// <summary>A message was not confirmed. What it meant to whoever published it is for them to say.</summary>
/// <param name="failure">Why, in kind.</param>
/// <param name="message">The message.</param>
/// <param name="wasSent">Whether a channel has ever taken it.</param>
/// <param name="reason">Why, in words: the end of a sentence, without its full stop.</param>
/// <param name="innerException">What led to it, if anything.</param>
internal sealed class PublishFailedException(PublishFailure failure, OutboundMessage message, bool wasSent, string reason, Exception? innerException = null)
    : Exception($"A message to exchange '{message.Exchange}' with routing key '{message.RoutingKey}' was not confirmed: {Describe(failure, reason)}.", innerException)
{
    public PublishFailure Failure { get; } = failure;

    public string Exchange { get; } = message.Exchange;

    public string RoutingKey { get; } = message.RoutingKey;

    /// <summary>Why, in words: the end of a sentence, without its full stop.</summary>
    public string Reason { get; } = reason;

    /// <summary>Whether the broker may have it all the same.</summary>
    public bool MayHaveArrived { get; } = wasSent && failure is (PublishFailure.Unconfirmed or PublishFailure.Blocked or PublishFailure.Disposed);

    /// <summary>What it goes to is not there. It can be declared, and the message published again.</summary>
    public bool IsTargetMissing => Failure is PublishFailure.ExchangeMissing or PublishFailure.Unroutable or PublishFailure.BindingMissing;

    /// <summary>The broker or the client will not take this message, however often it is sent.</summary>
    public bool IsRefusal => Failure is PublishFailure.AccessRefused or PublishFailure.Refused or PublishFailure.Unwritable;

    private static string Describe(PublishFailure failure, string reason) => failure switch
    {
        PublishFailure.AccessRefused or PublishFailure.Refused => $"the broker refuses it ({reason})",
        PublishFailure.Unwritable => $"it cannot be written as a message ({reason})",
        PublishFailure.Unconfirmed => $"the broker is not available ({reason})",
        PublishFailure.Blocked => $"the broker blocks all publishers ({reason})",
        _ => reason,
    };
}

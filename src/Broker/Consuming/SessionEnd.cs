namespace BrokerQueues.Broker.Consuming;

/// <summary>Why a session ended.</summary>
/// <param name="Kind">The kind, which says what follows.</param>
/// <param name="Text">The reason in words, for the log.</param>
internal readonly record struct SessionEnd(SessionEndKind Kind, string Text)
{
    /// <summary>Whether something went wrong: it is logged as a warning, and one that follows soon on another waits.</summary>
    public bool IsFailure => Kind is SessionEndKind.Lost or SessionEndKind.CanceledByBroker or SessionEndKind.Returned;
}

/// <summary>The kinds of ends of a session.</summary>
internal enum SessionEndKind
{
    /// <summary>The channel or its connection is gone, or does not answer as it should.</summary>
    Lost,

    /// <summary>The broker sent basic.cancel, as it does when the queue is deleted: what stands there now may be another of that name.</summary>
    CanceledByBroker,

    /// <summary>The channel is closed to return a delivery without letting others overtake it.</summary>
    Returned,

    /// <summary>The queue is not to be consumed for now, and nothing of it ran.</summary>
    StoodAside,

    /// <summary>It had been idle, and makes room for a fresh one; nothing was lost or interrupted.</summary>
    Renewed,

    /// <summary>The node leaves the queue.</summary>
    Closed,
}

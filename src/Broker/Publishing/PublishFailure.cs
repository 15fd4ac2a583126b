namespace BrokerQueues.Broker.Publishing;

/// <summary>Why a message was not confirmed.</summary>
internal enum PublishFailure
{
    /// <summary>The broker has no such exchange, or lacks the one that had to exist beside it.</summary>
    ExchangeMissing,

    /// <summary>The broker returned it (basic.return), and has no queue of the name of its routing key, as far as could be found out.</summary>
    Unroutable,

    /// <summary>The broker returned it (basic.return), though there is a queue of the name of its routing key: only the binding is missing.</summary>
    BindingMissing,

    /// <summary>The broker refused it (basic.nack), as a full queue does.</summary>
    Nacked,

    /// <summary>The account has no permission for it.</summary>
    AccessRefused,

    /// <summary>The broker closed the channel over it, for another reason.</summary>
    Refused,

    /// <summary>The client cannot write it as frames.</summary>
    Unwritable,

    /// <summary>No confirm in time.</summary>
    Unconfirmed,

    /// <summary>No confirm in time, because the broker blocks the connection (an alarm).</summary>
    Blocked,

    /// <summary>The publisher was disposed before the confirm.</summary>
    Disposed,
}

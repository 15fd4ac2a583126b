namespace BrokerQueues.Broker.Settlement;

/// <summary>What became of a delivery whose copy was to go elsewhere.</summary>
internal enum Replacement
{
    /// <summary>The copy is confirmed, and the original acknowledged.</summary>
    Done,

    /// <summary>The copy was refused, and the broker has dead-lettered the original to <c>.failed</c>.</summary>
    DeadLettered,

    /// <summary>The session is gone: the broker delivers the original again.</summary>
    Unsettled,
}

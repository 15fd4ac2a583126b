namespace BrokerQueues;

/// <summary>How a connection to the broker stands.</summary>
public sealed record BrokerConnectionStatus
{
    /// <summary>What it is for.</summary>
    public required BrokerConnectionRole Role { get; init; }

    /// <summary>Its state.</summary>
    public required BrokerConnectionState State { get; init; }

    /// <summary>Since when it is in this state.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Where it leads, or is tried: hosts, virtual host and user; never a password.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Why it is not open, in words; null where it is open, or has not been needed yet.</summary>
    public string? Reason { get; init; }

    /// <summary>What went wrong last, in words, also where that is over; null where nothing has.</summary>
    public string? LastError { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }
}

/// <summary>What a connection is for.</summary>
public enum BrokerConnectionRole
{
    /// <summary>For tasks that are sent, and the copies of those that are requeued or parked.</summary>
    Publishing,

    /// <summary>For the queues that are consumed.</summary>
    Consuming,
}

/// <summary>The states of a connection.</summary>
public enum BrokerConnectionState
{
    /// <summary>It has not been needed yet.</summary>
    Idle,

    /// <summary>It is not there, and being made: for the first time, after it was lost, or because the broker no longer answers over it.</summary>
    Connecting,

    /// <summary>It is open.</summary>
    Open,

    /// <summary>It is open, and the broker takes no publishes over it because of an alarm (connection.blocked).</summary>
    Blocked,

    /// <summary>The program has left it.</summary>
    Closed,
}

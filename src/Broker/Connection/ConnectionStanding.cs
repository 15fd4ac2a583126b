namespace BrokerQueues.Broker.Connection;

/// <summary>The state of a connection and what went wrong last, for whoever asks. Written under the connection's lock.</summary>
internal sealed class ConnectionStanding(TimeProvider time)
{
    private DateTimeOffset _since = time.GetUtcNow();
    private DateTimeOffset? _lastErrorAt;

    public BrokerConnectionState State { get; private set; }

    /// <summary>What went wrong last; null where nothing has.</summary>
    public string? LastError { get; private set; }

    /// <summary>Closed is for good.</summary>
    public void Become(BrokerConnectionState state)
    {
        if (State != state && State != BrokerConnectionState.Closed)
        {
            State = state;
            _since = time.GetUtcNow();
        }
    }

    public void Failed(string error)
    {
        LastError = error;
        _lastErrorAt = time.GetUtcNow();
    }

    public BrokerConnectionStatus Describe(ConnectionRole role, string endpoint, string? reason) => new()
    {
        Role = role == ConnectionRole.Publishing ? BrokerConnectionRole.Publishing : BrokerConnectionRole.Consuming,
        State = State,
        Since = _since,
        Endpoint = endpoint,
        Reason = reason,
        LastError = LastError,
        LastErrorAt = _lastErrorAt,
    };
}

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// How long the broker took to answer a publish, from its last sending on. Read where its caller goes on: what listens to it is the user's code, and
/// has no business on the client's read loop.
/// </summary>
internal sealed class ConfirmClock(TimeProvider time)
{
    private long _sent;
    private long _answered;

    /// <summary>How long; null where there was no answer.</summary>
    public TimeSpan? Elapsed => Volatile.Read(ref _answered) is not 0 and var answered ? time.GetElapsedTime(Volatile.Read(ref _sent), answered) : null;

    public void Start() => Volatile.Write(ref _sent, time.GetTimestamp());

    public void Stop() => Volatile.Write(ref _answered, time.GetTimestamp());
}

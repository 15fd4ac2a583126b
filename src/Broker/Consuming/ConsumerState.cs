namespace BrokerQueues.Broker.Consuming;

/// <summary>How the consuming of a queue stands, for whoever asks: written by the consumer, read without a lock.</summary>
internal sealed class ConsumerState(TimeProvider time)
{
    private readonly Lock _gate = new();
    private volatile ConsumerPicture _picture = new(TaskQueueState.Starting, time.GetUtcNow(), Reason: null, LastError: null, LastErrorAt: null);

    public ConsumerPicture Picture => _picture;

    public void Consuming() => Become(TaskQueueState.Consuming, reason: null, isError: false);

    /// <summary>It is not consumed, and it is no fault.</summary>
    public void StandsAside(string why) => Become(TaskQueueState.NotConsuming, why, isError: false);

    /// <summary>Something ended a session, or kept one from beginning; it is tried again.</summary>
    /// <param name="why">What.</param>
    /// <param name="isStarting">Whether no session has begun yet.</param>
    public void Interrupted(string why, bool isStarting) => Become(isStarting ? TaskQueueState.Starting : TaskQueueState.NotConsuming, why, isError: true);

    /// <summary>For good.</summary>
    public void Stopped(string why, bool isError) => Become(TaskQueueState.Stopped, why, isError);

    private void Become(TaskQueueState state, string? reason, bool isError)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            if (_picture.State != TaskQueueState.Stopped)
            {
                _picture = new ConsumerPicture(
                    state, _picture.State == state ? _picture.Since : now, reason, isError ? reason : _picture.LastError, isError ? now : _picture.LastErrorAt);
            }
        }
    }
}

/// <summary>How the consuming of a queue stands at a moment.</summary>
internal sealed record ConsumerPicture(TaskQueueState State, DateTimeOffset Since, string? Reason, string? LastError, DateTimeOffset? LastErrorAt);

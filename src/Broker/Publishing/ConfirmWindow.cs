namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// The publishes of one channel that the broker has not confirmed, by sequence number. Bounded: the writer waits for room.
/// </summary>
/// <remarks>
/// The client's own tracking adds a header to every message and its rate limiter slows down long before it is full (1,000
/// publishes/s measured with 1,024 allowed), so the channel is opened with confirms and without tracking.
/// </remarks>
internal sealed class ConfirmWindow(int capacity)
{
    private readonly PendingPublish?[] _slots = new PendingPublish?[capacity];
    private readonly Lock _gate = new();
    private ulong _lowest = 1;
    private ulong _next = 1;
    private TaskCompletionSource? _room;
    private int _count;

    /// <summary>How many are unconfirmed. An estimate: it may change at once.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Returns when at most <paramref name="allowed"/> - 1 publishes are outstanding.</summary>
    public Task WaitForRoomAsync(int allowed, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (HasRoom(allowed))
            {
                return Task.CompletedTask;
            }

            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return WaitAsync(_room.Task);
        }

        async Task WaitAsync(Task room)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            await WaitForRoomAsync(allowed, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the next sequence number. The caller publishes in the same order.</summary>
    public void Add(PendingPublish publish)
    {
        lock (_gate)
        {
            _slots[_next++ % (ulong)capacity] = publish;
            _count++;
        }
    }

    /// <summary>The broker's answer to one publish, or to all up to it.</summary>
    public void Settle(ulong sequenceNumber, bool multiple, Action<PendingPublish> settle)
    {
        lock (_gate)
        {
            if (sequenceNumber >= _next)
            {
                return;
            }

            for (ulong number = multiple ? _lowest : sequenceNumber; number <= sequenceNumber; number++)
            {
                ref PendingPublish? slot = ref _slots[number % (ulong)capacity];
                if (number >= _lowest && slot is { } publish)
                {
                    slot = null;
                    _count--;
                    settle(publish);
                }
            }

            MoveLowest();
            _room?.TrySetResult();
            _room = null;
        }
    }

    /// <summary>Marks the publish that the broker returned. A return carries no sequence number, and comes before its confirm.</summary>
    public void MarkReturned(string? messageId, string exchange, string routingKey)
    {
        lock (_gate)
        {
            for (ulong number = _lowest; number < _next; number++)
            {
                if (_slots[number % (ulong)capacity] is { Returned: false } publish && publish.Message is var message &&
                    message.Properties.MessageId == messageId && message.Exchange == exchange && message.RoutingKey == routingKey)
                {
                    publish.Returned = true;
                    return;
                }
            }
        }
    }

    /// <summary>Takes out all that is unconfirmed, in the order of publishing: the channel is gone.</summary>
    public List<PendingPublish> TakeUnconfirmed()
    {
        lock (_gate)
        {
            var unconfirmed = new List<PendingPublish>();
            for (ulong number = _lowest; number < _next; number++)
            {
                ref PendingPublish? slot = ref _slots[number % (ulong)capacity];
                if (slot is { } publish)
                {
                    slot = null;
                    _count--;
                    publish.Returned = false;
                    unconfirmed.Add(publish);
                }
            }

            MoveLowest();
            _room?.TrySetResult();
            _room = null;
            return unconfirmed;
        }
    }

    // The span from the lowest unconfirmed number counts, not the number of unconfirmed: the slots are a ring.
    private bool HasRoom(int allowed) => _next - _lowest < (ulong)Math.Min(allowed, capacity);

    private void MoveLowest()
    {
        while (_lowest < _next && _slots[_lowest % (ulong)capacity] is null)
        {
            _lowest++;
        }
    }
}

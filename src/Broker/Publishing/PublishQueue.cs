using System.Diagnostics.CodeAnalysis;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// The publishes that wait to be sent, in order. One that is given up leaves at once, wherever it stands: without a broker the memory that is
/// held is that of the publishes still awaited, not of all that have failed meanwhile.
/// </summary>
/// <remarks>A System.Threading.Channels.Channel cannot let go of what is in its middle, hence a list whose links are in the publishes themselves.</remarks>
internal sealed class PublishQueue
{
    private readonly Lock _gate = new();
    private PendingPublish? _first;
    private PendingPublish? _last;
    private TaskCompletionSource? _arrival;
    private bool _isComplete;

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>Puts it at the end. False once the queue is complete.</summary>
    public bool TryAdd(PendingPublish publish)
    {
        TaskCompletionSource? arrival;
        lock (_gate)
        {
            if (_isComplete)
            {
                return false;
            }

            publish.Previous = _last;
            if (_last is null)
            {
                _first = publish;
            }
            else
            {
                _last.Next = publish;
            }

            _last = publish;
            publish.IsQueued = true;
            Count++;
            arrival = _arrival;
            _arrival = null;
        }

        arrival?.TrySetResult();
        return true;
    }

    /// <summary>Takes the first.</summary>
    public bool TryTake([NotNullWhen(true)] out PendingPublish? publish)
    {
        lock (_gate)
        {
            publish = _first;
            if (publish is null)
            {
                return false;
            }

            Unlink(publish);
            return true;
        }
    }

    /// <summary>Takes this one out, if it is still here.</summary>
    public void Remove(PendingPublish publish)
    {
        lock (_gate)
        {
            if (publish.IsQueued)
            {
                Unlink(publish);
            }
        }
    }

    /// <summary>Nothing more is added.</summary>
    public void Complete()
    {
        TaskCompletionSource? arrival;
        lock (_gate)
        {
            _isComplete = true;
            arrival = _arrival;
            _arrival = null;
        }

        arrival?.TrySetResult();
    }

    /// <summary>Returns when there is something to take; false when the queue is complete and empty. For one reader.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task arrival;
            lock (_gate)
            {
                if (_first is not null)
                {
                    return true;
                }

                if (_isComplete)
                {
                    return false;
                }

                // Without this the loop that sends would run on the thread of whoever publishes.
                _arrival ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrival = _arrival.Task;
            }

            await arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Unlink(PendingPublish publish)
    {
        if (publish.Previous is null)
        {
            _first = publish.Next;
        }
        else
        {
            publish.Previous.Next = publish.Next;
        }

        if (publish.Next is null)
        {
            _last = publish.Previous;
        }
        else
        {
            publish.Next.Previous = publish.Previous;
        }

        publish.Next = null;
        publish.Previous = null;
        publish.IsQueued = false;
        Count--;
    }
}

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// Sends together what is written in a burst. What is written alone is sent at once, on the writer's thread; what follows closely is copied, and sent by
/// another thread with all that has come by then. So nothing waits for more to come, and no timer is needed.
/// </summary>
/// <remarks>
/// One writer at a time, as a rule. What it has written is taken, not yet sent: where sending fails, its next write does. It is held up while more than a
/// buffer waits.
/// </remarks>
internal sealed class BurstWriter(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send, TimeProvider time) : IThreadPoolWorkItem
{
    /// <summary>How much may wait, in bytes; as much may be under way.</summary>
    public const int BufferSize = 64 * 1024;

    /// <summary>What follows sooner than 10 us is part of a burst: the client takes 1 to 3 us from one waiting command to the next.</summary>
    private readonly long _burst = time.TimestampFrequency / 100_000;

    private readonly Lock _gate = new();
    private byte[] _waiting = GC.AllocateUninitializedArray<byte>(BufferSize);
    private byte[] _underWay = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _waitingLength;
    private bool _isSending;
    private long _lastWrite;
    private Exception? _failure;
    private TaskCompletionSource? _moved;

    private enum Admission
    {
        SendAlone,
        BeginBurst,
        JoinBurst,
        NoRoom,
    }

    /// <summary>Takes the bytes; they are the caller's again when it completes.</summary>
    /// <exception cref="IOException">What was written before could not be sent.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Admission admission = Admit(bytes.Span);
        return admission == Admission.NoRoom ? WriteWhenThereIsRoomAsync(bytes, cancellationToken) : FollowAsync(admission, bytes, cancellationToken);
    }

    /// <summary>Returns when all that was written is sent, or cannot be.</summary>
    public async Task WhenSentAsync()
    {
        while (WhenMovedAsync() is { IsCompleted: false } moved)
        {
            await moved.ConfigureAwait(false);
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = SendWaitingAsync();

    private Admission Admit(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                throw new IOException($"What was written before could not be sent: {_failure.Message}", _failure);
            }

            if (!_isSending && (bytes.Length > BufferSize || time.GetTimestamp() - _lastWrite > _burst))
            {
                _isSending = true;
                return Admission.SendAlone;
            }

            if (bytes.Length > BufferSize - _waitingLength)
            {
                return Admission.NoRoom;
            }

            bytes.CopyTo(_waiting.AsSpan(_waitingLength));
            _waitingLength += bytes.Length;
            if (_isSending)
            {
                return Admission.JoinBurst;
            }

            _isSending = true;
            return Admission.BeginBurst;
        }
    }

    private ValueTask FollowAsync(Admission admission, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        switch (admission)
        {
            case Admission.SendAlone:
                return SendAloneAsync(bytes, cancellationToken);
            case Admission.BeginBurst:
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return default;
            default:
                return default;
        }
    }

    private async ValueTask WriteWhenThereIsRoomAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Admission admission;
        do
        {
            await WhenMovedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            admission = Admit(bytes.Span);
        }
        while (admission == Admission.NoRoom);
        await FollowAsync(admission, bytes, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask SendAloneAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await send(bytes, cancellationToken).ConfigureAwait(false);
            Stop(failure: null);
        }
        catch (Exception exception)
        {
            Stop(exception);
            throw;
        }
    }

    private async Task SendWaitingAsync()
    {
        try
        {
            while (TakeWaiting() is { Length: > 0 } burst)
            {
                await send(burst, CancellationToken.None).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Nobody waits here: the next write throws it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Stop(exception);
        }
    }

    /// <summary>What waits, to be sent; with nothing there, sending has stopped.</summary>
    private ReadOnlyMemory<byte> TakeWaiting()
    {
        lock (_gate)
        {
            int length = _waitingLength;
            if (length == 0)
            {
                Stop(failure: null);
                return default;
            }

            (_waiting, _underWay) = (_underWay, _waiting);
            _waitingLength = 0;
            TellMoved();
            return _underWay.AsMemory(0, length);
        }
    }

    private void Stop(Exception? failure)
    {
        lock (_gate)
        {
            _failure = failure;
            _lastWrite = time.GetTimestamp();
            _isSending = failure is null && _waitingLength > 0;
            if (_isSending)
            {
                // Written by another, as TLS does when it answers the peer: what comes next must not overtake it.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }

            TellMoved();
        }
    }

    /// <summary>Completes when there is room again, or nothing is being sent any more.</summary>
    private Task WhenMovedAsync()
    {
        lock (_gate)
        {
            return _isSending ? (_moved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    private void TellMoved()
    {
        _moved?.SetResult();
        _moved = null;
    }
}

using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Settlement;

/// <summary>
/// Settles the deliveries of one channel, each once. Acknowledgements of tasks that end close to each other go out together.
/// </summary>
internal sealed class ChannelAcknowledger : IAsyncDisposable
{
    /// <summary>
    /// How long a channel stays open after its last acknowledgement. The broker's channel holds acknowledgements of a quorum queue back
    /// while many are under way, and forgets them when it closes: up to 163 of 5,000 came back when it was closed at once, on 3.10 and
    /// 4.3, none after 20 ms.
    /// </summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest that an acknowledgement waits for others to go with it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(5);

    private readonly IChannel _channel;
    private readonly AcknowledgementMode _mode;
    private readonly TimeProvider _time;
    private readonly Action<string> _end;
    private readonly ITimer _sendLater;
    private readonly Lock _gate = new();
    private readonly UnsettledDeliveries _unsettled = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly List<Acknowledgement> _beingSent = [];
    private long _delivered;
    private int _unwritten;
    private bool _isClosed;
    private long _lastSentAt;

    /// <param name="channel">The channel.</param>
    /// <param name="mode">When acknowledgements are sent.</param>
    /// <param name="time">The clock.</param>
    /// <param name="end">Called with the reason when something can be settled no more: the channel has to be closed then.</param>
    public ChannelAcknowledger(IChannel channel, AcknowledgementMode mode, TimeProvider time, Action<string> end)
    {
        _channel = channel;
        _mode = mode;
        _time = time;
        _end = end;
        _sendLater = time.CreateTimer(
            static self => _ = ((ChannelAcknowledger)self!).SendAsync().AsTask(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many deliveries have come.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>How many deliveries are not settled, or not yet written as settled.</summary>
    public int Unsettled
    {
        get
        {
            lock (_gate)
            {
                return _unsettled.Count + _unwritten;
            }
        }
    }

    /// <summary>Takes a delivery. False after <see cref="TryCloseIdle"/>.</summary>
    public bool TryAdd(Delivery delivery)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _delivered++;
            _unsettled.Add(delivery);
            return true;
        }
    }

    /// <summary>Takes no more deliveries, unless one is unsettled. What is on its way goes back to its queue with the channel.</summary>
    public bool TryCloseIdle()
    {
        lock (_gate)
        {
            _isClosed = _unsettled.Count + _unwritten == 0;
            return _isClosed;
        }
    }

    /// <summary>
    /// Acknowledges, at once or with others a little later. False where it is settled already or the channel is gone; a channel
    /// that goes while the acknowledgement waits takes it along, and the broker delivers the task again.
    /// </summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="batchSize">How many wait for each other; below 2 it goes at once.</param>
    public ValueTask<bool> AcknowledgeAsync(Delivery delivery, int batchSize)
    {
        if (_mode == AcknowledgementMode.OneByOne)
        {
            return SettleAsync(delivery, static (channel, tag) => channel.BasicAckAsync(tag, multiple: false, CancellationToken.None));
        }

        if (!delivery.TryClaimSettlement())
        {
            return new(false);
        }

        lock (_gate)
        {
            _unsettled.Acknowledge(delivery);
            if (_unsettled.Unsent < batchSize)
            {
                if (_unsettled.Unsent == 1)
                {
                    _sendLater.Change(s_patience, Timeout.InfiniteTimeSpan);
                }

                return new(true);
            }
        }

        return SendAsync();
    }

    /// <summary>Settles one delivery by itself, at once.</summary>
    public async ValueTask<bool> SettleAsync(Delivery delivery, Func<IChannel, ulong, ValueTask> settle)
    {
        if (!delivery.TryClaimSettlement())
        {
            return false;
        }

        try
        {
            await settle(_channel, delivery.Tag).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, nobody can settle this delivery any more.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Failed(exception);
        }

        Volatile.Write(ref _lastSentAt, _time.GetTimestamp());

        // Not before it is written: a channel without unsettled deliveries may be closed as idle, and an acknowledgement with
        // 'multiple' must not pass over it.
        lock (_gate)
        {
            _unsettled.Remove(delivery);
        }

        return true;
    }

    /// <summary>Sends what is left, and returns when the broker has it.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        bool sent;
        do
        {
            await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                sent = await SendOnceAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _sending.Release();
            }
        }
        while (sent && HasUnsent()); // Asked after the release: until then an acknowledgement leaves its sending to this one.

        // Zero where nothing was ever sent: no timestamp is that young.
        if (Volatile.Read(ref _lastSentAt) is not 0 and var at && s_settling - _time.GetElapsedTime(at) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync() => await _sendLater.DisposeAsync().ConfigureAwait(false);

    /// <summary>Sends what has been acknowledged. Where that is under way, it takes along what has come meanwhile.</summary>
    private async ValueTask<bool> SendAsync()
    {
        bool sent = true;
        while (sent && HasUnsent() && _sending.Wait(0, CancellationToken.None))
        {
            try
            {
                sent = await SendOnceAsync(CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _sending.Release();
            }
        }

        return sent;
    }

    private bool HasUnsent()
    {
        lock (_gate)
        {
            return _unsettled.Unsent > 0;
        }
    }

    private async ValueTask<bool> SendOnceAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _unsettled.TakeAcknowledgements(_beingSent);
            _unwritten = _beingSent.Count;
        }

        try
        {
            foreach (Acknowledgement acknowledgement in _beingSent)
            {
                await _channel.BasicAckAsync(acknowledgement.Tag, acknowledgement.Multiple, cancellationToken).ConfigureAwait(false);
            }

            if (_beingSent.Count > 0)
            {
                Volatile.Write(ref _lastSentAt, _time.GetTimestamp());
            }

            return true;
        }
#pragma warning disable CA1031 // Whatever it is, nobody sends these again; and where the timer called, nobody would see it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Failed(exception);
        }
        finally
        {
            _beingSent.Clear();
            lock (_gate)
            {
                _unwritten = 0;
            }
        }
    }

    private bool Failed(Exception exception)
    {
        if (!BrokerErrors.MeansClosed(exception))
        {
            _end($"a task could not be settled: {exception.Message}");
        }

        return false;
    }
}

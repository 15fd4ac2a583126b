using System.Diagnostics.CodeAnalysis;
using BrokerQueues.Broker.Consuming;

namespace BrokerQueues.Worker.Execution;

/// <summary>
/// The deliveries that wait to run, and the executors that run them: at most as many as the queue's concurrency, none while
/// there is nothing to do.
/// </summary>
/// <remarks>
/// Executors are started one by one, each by the one before it when it finds more than it takes. Where tasks are short, one or
/// two of them run everything that a burst of deliveries has brought, and no thread is woken for each.
/// </remarks>
internal sealed class DeliveryBuffer(int maxConcurrency, Func<Delivery, ValueTask> execute) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Queue<Delivery> _waiting = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _executors;
    private bool _isStarting;
    private bool _isCompleted;

    // As many as are waiting, to be read without the lock.
    private int _count;

    /// <summary>Whether deliveries wait. An estimate: it may change at once.</summary>
    public bool HasWaiting => Volatile.Read(ref _count) > 0;

    /// <summary>Completes, after <see cref="Complete"/>, when nothing waits or runs any more.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Takes a delivery. False after <see cref="Complete"/>.</summary>
    public bool TryAdd(Delivery delivery)
    {
        bool start;
        lock (_gate)
        {
            if (_isCompleted)
            {
                return false;
            }

            _waiting.Enqueue(delivery);
            _count = _waiting.Count;
            start = ShouldStart();
        }

        if (start)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return true;
    }

    /// <summary>Takes no more.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isCompleted = true;
            TellWhenDrained();
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = ExecuteAsync();

    private async Task ExecuteAsync()
    {
        for (bool isFirst = true; TryTake(isFirst, out Delivery? delivery); isFirst = false)
        {
            try
            {
                await execute(delivery).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // It has told what went wrong; an executor that ended here would be missed for good.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private bool TryTake(bool isFirst, [NotNullWhen(true)] out Delivery? delivery)
    {
        bool start;
        lock (_gate)
        {
            if (isFirst)
            {
                _isStarting = false;
            }

            if (!_waiting.TryDequeue(out delivery))
            {
                _executors--;
                TellWhenDrained();
                return false;
            }

            _count = _waiting.Count;
            start = _count > 0 && ShouldStart();
        }

        if (start)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return true;
    }

    private bool ShouldStart()
    {
        if (_isStarting || _executors == maxConcurrency)
        {
            return false;
        }

        _isStarting = true;
        _executors++;
        return true;
    }

    private void TellWhenDrained()
    {
        if (_isCompleted && _executors == 0 && _waiting.Count == 0)
        {
            _drained.TrySetResult();
        }
    }
}

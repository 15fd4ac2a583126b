using System.Diagnostics.CodeAnalysis;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Pipeline;

namespace BrokerQueues.Worker.Running;

/// <summary>
/// The deliveries that wait to run, and the slots that run them: at most as many as the queue's concurrency, none while
/// there is nothing to do.
/// </summary>
/// <remarks>
/// Slots are started one by one, each by the one before it when it finds more than it takes. Where tasks are short, one or
/// two of them run everything that a burst of deliveries has brought, and no thread is woken for each.
/// </remarks>
internal sealed class TaskSlots(int limit, Func<TaskExecution, ValueTask> run, CancellationToken stopping) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Queue<Delivery> _waiting = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for each slot there ever was at a time.
    private readonly List<TaskExecution> _executions = [];
    private readonly Stack<TaskExecution> _unused = [];
    private int _limit = limit;
    private int _slots;
    private bool _isStarting;
    private bool _isCompleted;

    // As many as are waiting, to be read without the lock.
    private int _count;

    /// <summary>How many may run at a time. It may be changed while they do: what runs above a lower limit ends by itself.</summary>
    public int Limit
    {
        get => Volatile.Read(ref _limit);
        set
        {
            bool start;
            lock (_gate)
            {
                _limit = value;
                start = _waiting.Count > 0 && ShouldStart();
            }

            if (start)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }
    }

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

    /// <summary>What runs at the moment, and since which timestamp.</summary>
    public IReadOnlyList<(TaskMessage Task, long Since)> Running()
    {
        lock (_gate)
        {
            var running = new List<(TaskMessage, long)>();
            foreach (TaskExecution execution in _executions)
            {
                // Its slot goes on meanwhile.
                if (execution.Task is { } task && execution.RunningSince is not 0 and var since)
                {
                    running.Add((task, since));
                }
            }

            return running;
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = RunSlotAsync();

    private async Task RunSlotAsync()
    {
        TaskExecution? execution = null;
        while (TryTake(ref execution, out Delivery? delivery))
        {
            execution.Begin(delivery, stopping);
            try
            {
                await run(execution).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // It has told what went wrong; a slot that ended here would be missed for good.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
            finally
            {
                execution.Clear();
            }
        }
    }

    /// <param name="execution">The slot's own; null where it takes its first delivery.</param>
    /// <param name="delivery">What it takes.</param>
    private bool TryTake([NotNullWhen(true)] ref TaskExecution? execution, [NotNullWhen(true)] out Delivery? delivery)
    {
        bool start;
        lock (_gate)
        {
            if (execution is null)
            {
                _isStarting = false;
                if (!_unused.TryPop(out execution))
                {
                    _executions.Add(execution = new TaskExecution());
                }
            }

            if (_slots > _limit || !_waiting.TryDequeue(out delivery))
            {
                delivery = null;
                _slots--;
                _unused.Push(execution);
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
        if (_isStarting || _slots >= _limit)
        {
            return false;
        }

        _isStarting = true;
        _slots++;
        return true;
    }

    private void TellWhenDrained()
    {
        if (_isCompleted && _slots == 0 && _waiting.Count == 0)
        {
            _drained.TrySetResult();
        }
    }
}

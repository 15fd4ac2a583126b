using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Worker.Execution;

/// <summary>
/// Decides how far a node reads ahead of settlement. Each return of a channel counts one towards the delivery limit of all that
/// was delivered over it, started or not, so what is read ahead pays for the misfortune of what runs.
/// </summary>
/// <remarks>
/// A session begins with one task, and reads on once it sees that this one has not come back often. A task that kills its node then
/// kills it alone, and those behind it do not end in <c>.failed</c> with it. On a sequential queue, where what is read ahead has to
/// wait for all before it, it also takes a few short tasks in a row; and where tasks turn out to be slow, the rest is given back.
/// What stands further back has never been returned more often than the head, so a look at the head is enough.
/// </remarks>
internal sealed class ReadAhead(QueueDefinition queue, QueueConsumer consumer, TimeProvider time)
{
    /// <summary>Reading ahead hides the way to the broker, which no longer shows beside tasks that take this long.</summary>
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest that a task of a sequential queue waits here: far from the 30 minutes in which 3.10 wants it settled.</summary>
    private static readonly TimeSpan s_maxWait = TimeSpan.FromMinutes(1);

    private const int ShortTasksBeforeWidening = 5;

    /// <summary>Below this, the one or two returns that reading ahead may cost a task would weigh too much.</summary>
    private const int MinDeliveryLimit = 8;

    private ConsumerSession? _widened;
    private int _shortInARow;

    private bool IsSequential => queue.Behavior == TaskQueueBehavior.Sequential;

    /// <summary>Looks at a delivery before it runs. False where it must not run here now: its session has been ended.</summary>
    public async ValueTask<bool> BeforeAsync(Delivery delivery, CancellationToken stopping)
    {
        if (queue.Behavior == TaskQueueBehavior.Broadcast)
        {
            return true;
        }

        ConsumerSession session = delivery.Session;
        if (IsSequential)
        {
            return session.Prefetch == 1 || MayRunAhead(delivery);
        }

        if (session.Prefetch < queue.Prefetch && !IsSuspect(delivery) && Interlocked.Exchange(ref _widened, session) != session)
        {
            await session.WidenAsync(queue.Prefetch, stopping).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>
    /// After a task of a sequential queue that began at <paramref name="startedAt"/>: the one active consumer cannot be joined by a
    /// second, so a wider session replaces it.
    /// </summary>
    public void After(Delivery delivery, long startedAt)
    {
        if (!IsSequential || delivery.Session.Prefetch >= queue.Prefetch || queue.DeliveryLimit < MinDeliveryLimit)
        {
            return;
        }

        _shortInARow = time.GetElapsedTime(startedAt) < s_short && !IsSuspect(delivery) ? _shortInARow + 1 : 0;
        if (_shortInARow >= ShortTasksBeforeWidening)
        {
            consumer.NextPrefetch = queue.Prefetch;
            delivery.Session.TryEndIdle();
        }
    }

    private bool MayRunAhead(Delivery delivery)
    {
        string? reason =
            IsSuspect(delivery) ? "its task has been handed from node to node often: from now on one at a time" :
            time.GetElapsedTime(delivery.ReceivedAt) > s_maxWait ? "its tasks take longer than those before: from now on one at a time" : null;
        if (reason is null)
        {
            return true;
        }

        _shortInARow = 0;
        delivery.Session.End(reason);
        return false;
    }

    private bool IsSuspect(Delivery delivery) => delivery.ReturnCount >= Math.Max(1, queue.DeliveryLimit / 4);
}

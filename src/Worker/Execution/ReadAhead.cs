using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Worker.Execution;

/// <summary>
/// Decides how far a node reads ahead of settlement. Each return of a channel counts one towards the delivery limit of all that
/// was delivered over it, started or not, so what is read ahead pays for the misfortune of what runs.
/// </summary>
/// <remarks>
/// A node begins with one task, and reads on once it sees that this one has not come back often. A task that kills its node then
/// kills it alone, and those behind it do not end in <c>.failed</c> with it.
/// </remarks>
internal sealed class ReadAhead(QueueDefinition queue, QueueConsumer consumer)
{
    private ConsumerSession? _widened;

    /// <summary>Looks at a delivery before it runs. False where it must not run here now: its session has been ended.</summary>
    public async ValueTask<bool> BeforeAsync(Delivery delivery, CancellationToken stopping)
    {
        ConsumerSession session = delivery.Session;
        if (queue.Behavior == TaskQueueBehavior.Broadcast)
        {
            return true;
        }

        bool isSuspect = delivery.ReturnCount >= Math.Max(1, queue.DeliveryLimit / 4);
        if (!isSuspect)
        {
            consumer.Prefetch = queue.Prefetch;
            if (queue.Behavior == TaskQueueBehavior.Concurrent && session.Prefetch < queue.Prefetch && Interlocked.Exchange(ref _widened, session) != session)
            {
                await session.WidenAsync(queue.Prefetch, stopping).ConfigureAwait(false);
            }

            return true;
        }

        if (queue.Behavior == TaskQueueBehavior.Sequential && session.Prefetch > 1)
        {
            consumer.Prefetch = 1;
            session.End("its task has been handed from node to node often: from now on one at a time");
            return false;
        }

        return true;
    }

    /// <summary>After a task of a sequential queue: the one active consumer cannot be joined by a second, so a wider session replaces it.</summary>
    public void After(ConsumerSession session)
    {
        if (queue.Behavior == TaskQueueBehavior.Sequential && session.Prefetch < consumer.Prefetch)
        {
            session.TryEndIdle();
        }
    }
}

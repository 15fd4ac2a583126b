using RabbitMQ.Client;

namespace BrokerQueues.Broker.Consuming;

/// <summary>
/// What the looks at a queue say about the session that consumes it. Nothing is ended on the word of one: a broker node that does not
/// reach the queue's leader answers as if all were well with an empty queue that nobody consumes, for as long as an election takes, and on 3.10
/// for the 70 s after another node was cut off.
/// </summary>
/// <remarks>
/// A queue that is deleted and declared again at once takes its consumers on 3.10 without a word: the broker goes on
/// counting them, and holds tasks for them that never arrive. Nothing tells such a session from an idle one, so idle ones
/// are renewed.
/// </remarks>
internal sealed class SessionLooks(ConsumerSession session, SubscriptionSpec subscription, TimeSpan idle, TimeProvider time)
{
    private string? _suspicion;
    private long _delivered = -1;
    private long _quietSince;

    public ConsumerSession Session => session;

    /// <summary>Takes a look. An idle session may be ended for renewal here: nothing of it is lost.</summary>
    /// <param name="queue">What the broker says; null where it says that there is no such queue.</param>
    /// <returns>What is wrong with the session, once two looks one after the other have said so; else null.</returns>
    public string? Judge(QueueDeclareOk? queue)
    {
        bool quiet = _delivered == session.Delivered;
        if (!quiet)
        {
            _delivered = session.Delivered;
            _quietSince = time.GetTimestamp();
        }

        string? fault = FindFault(queue);
        bool again = fault is not null && fault == _suspicion && quiet;
        _suspicion = fault;
        if (again)
        {
            return fault;
        }

        // Not where the queue goes with its connection: a broadcast would be lost in between.
        if (fault is null && quiet && !subscription.LivesWithConnection && time.GetElapsedTime(_quietSince) > idle)
        {
            session.TryRenewIdle();
        }

        return null;
    }

    private string? FindFault(QueueDeclareOk? queue)
    {
        if (queue is null)
        {
            return "the queue is gone";
        }

        // Without ready tasks it may be the answer of a node that knows nothing. It costs nothing to wait then: there is nothing to
        // deliver, what runs can be settled without a consumer, and what is idle is renewed.
        if (queue.ConsumerCount == 0 && queue.MessageCount > 0)
        {
            return "the queue has lost its consumer";
        }

        // With other nodes' consumers in the count, ours shows only by what it gets: nothing, while tasks are ready and it has room.
        return queue.MessageCount > 0 && session.Unsettled == 0 && !subscription.IsSingleActive
            ? "tasks are ready and none is delivered here"
            : null;
    }
}

using BrokerQueues.Broker.Consuming;

namespace BrokerQueues.Worker.Running;

/// <summary>
/// Decides when a node reads ahead of settlement on a queue whose sessions begin with less than its prefetch. Each return of a channel counts
/// one towards the delivery limit of all that was delivered over it, started or not, so what is read ahead pays for the misfortune of what runs.
/// </summary>
/// <remarks>
/// A session begins with one task, and reads on once it is handed one that has not come back often. A task that kills its node then
/// kills it alone, and those behind it do not end in <c>.failed</c> with it. Never on a sequential queue: the broker appends what is
/// returned to what was returned before, and hands that out first, so a consumer that takes fewer than the one before it left behind,
/// and then returns one, has moved that one back (seen on 3.10 and 4.3).
/// </remarks>
internal sealed class ReadAhead(SubscriptionSpec subscription)
{
    private ConsumerSession? _raisedIn;

    /// <summary>Looks at a delivery before it runs.</summary>
    public ValueTask BeforeAsync(Delivery delivery, CancellationToken stopping)
    {
        ConsumerSession session = delivery.Session;
        return session.Prefetch < subscription.Prefetch && !IsSuspect(delivery) && Interlocked.Exchange(ref _raisedIn, session) != session
            ? new(session.RaisePrefetchAsync(subscription.Prefetch, stopping))
            : default;
    }

    private bool IsSuspect(Delivery delivery) => delivery.ReturnCount >= Math.Max(1, subscription.DeliveryLimit / 4);
}

namespace BrokerQueues;

/// <summary>Tells how the program stands with its broker and its queues. Registered by <c>AddBrokerQueues</c>, also where it only publishes.</summary>
public interface IBrokerQueuesStatus
{
    /// <summary>
    /// A picture of this moment. It is made of what is known already: the broker is not asked, so it returns at once whatever the broker does. Safe to
    /// call from any thread.
    /// </summary>
    BrokerQueuesStatus GetStatus();
}

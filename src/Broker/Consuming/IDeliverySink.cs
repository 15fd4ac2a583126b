namespace BrokerQueues.Broker.Consuming;

/// <summary>Takes the deliveries of a queue: the worker's side of a <see cref="QueueConsumer"/>.</summary>
internal interface IDeliverySink
{
    /// <summary>Whether deliveries wait here to run, so that acknowledgements may wait for theirs. Called for each; must not block.</summary>
    bool HasWaiting { get; }

    /// <summary>Takes a delivery. Called on the client's dispatch loop, in order: returns at once and does not throw.</summary>
    void Accept(Delivery delivery);

    /// <summary>Returns when a new subscription may begin: for a sequential queue, when nothing of an older one still runs.</summary>
    /// <param name="standsAside">Called where the queue is not to be consumed for now: nobody need wait for its first subscription.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task WhenReadyAsync(Action standsAside, CancellationToken cancellationToken);
}

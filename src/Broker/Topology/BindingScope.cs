namespace BrokerQueues.Broker.Topology;

/// <summary>Which bindings are made; AMQP has no way to look whether one exists.</summary>
internal enum BindingScope
{
    /// <summary>All of them: at a node's start, and where a queue may have been made anew by other hands.</summary>
    All,

    /// <summary>Those of the exchanges and queues that were missing. A queue loses its bindings with its life, and not before.</summary>
    OfNew,
}

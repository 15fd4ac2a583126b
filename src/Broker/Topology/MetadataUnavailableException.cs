namespace BrokerQueues.Broker.Topology;

/// <summary>
/// RabbitMQ 4 cannot write exchanges, queues and bindings while most of its nodes are away. After 30 s it closes the whole connection for
/// it (541), even where the binding exists; looking, comparing and consuming go on as usual.
/// </summary>
internal sealed class MetadataUnavailableException(Exception inner)
    : Exception("the broker could not write its metadata: most nodes of its cluster seem to be away (" + inner.Message + ")", inner);

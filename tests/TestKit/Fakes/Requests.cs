using RabbitMQ.Client;

namespace BrokerQueues.TestKit.Fakes;

/// <summary>Something that was asked of the broker over a channel. Compared by value, so that a test can write down what it expects.</summary>
public abstract record Request;

public sealed record OpenChannel : Request;

public sealed record CloseChannel : Request;

public sealed record Qos(ushort Prefetch) : Request;

/// <summary>A subscription.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="ConsumerTag">The tag that the broker gives it.</param>
/// <param name="Priority">Its argument x-priority; null where it has none.</param>
public sealed record Consume(string Queue, string ConsumerTag, long? Priority = null) : Request;

public sealed record Cancel(string ConsumerTag) : Request;

public sealed record Ack(ulong Tag, bool Multiple = false) : Request;

public sealed record Nack(ulong Tag, bool Multiple, bool Requeue) : Request;

public sealed record Reject(ulong Tag, bool Requeue) : Request;

public sealed record Publish(string Exchange, string RoutingKey, bool Mandatory, IReadOnlyBasicProperties Properties, ReadOnlyMemory<byte> Body) : Request;

/// <summary>A passive declaration.</summary>
/// <param name="Kind">"queue" or "exchange".</param>
/// <param name="Name">Its name.</param>
public sealed record LookFor(string Kind, string Name) : Request;

public sealed record CountMessages(string Queue) : Request;

/// <inheritdoc cref="LookFor"/>
public sealed record Declaration(string Kind, string Name) : Request;

public sealed record Bind(string Source, string RoutingKey, string Destination) : Request;

public sealed record Unbind(string Source, string RoutingKey, string Destination) : Request;

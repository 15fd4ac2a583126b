namespace BrokerQueues.Broker.Topology;

/// <summary>An exchange to declare. All of ours are durable.</summary>
internal sealed record ExchangeSpec(string Name, string Type, string? AlternateExchange = null)
{
    /// <summary>A worker publishes to it: tasks that are parked or delayed.</summary>
    public bool IsWrittenTo { get; init; }

    public Dictionary<string, object?> Arguments() =>
        AlternateExchange is null ? [] : new() { ["alternate-exchange"] = AlternateExchange };
}

/// <summary>A queue to declare.</summary>
internal sealed record QueueSpec(string Name, IReadOnlyDictionary<string, object?> Arguments)
{
    public bool Durable { get; init; } = true;

    public bool Exclusive { get; init; }

    public bool AutoDelete { get; init; }

    /// <summary>
    /// A node's own queue. Nobody can have declared it beforehand (an exclusive one dies with its connection, a leased one with its node's
    /// absence), so it is declared even where the shared topology may not be.
    /// </summary>
    public bool OfNode { get; init; }
}

/// <summary>A binding of a queue, or of an exchange, to an exchange.</summary>
internal sealed record BindingSpec(string Source, string Destination, string RoutingKey, bool ToExchange = false);

/// <summary>A part of the topology that is declared, compared and looked for together.</summary>
internal sealed record TopologyPart(IReadOnlyList<ExchangeSpec> Exchanges, IReadOnlyList<QueueSpec> Queues, IReadOnlyList<BindingSpec> Bindings);

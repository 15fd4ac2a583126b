namespace BrokerQueues.Broker.Wire.Json;

/// <summary>What the members of a new object hold, and what their members hold.</summary>
internal sealed class InitialValues
{
    public static readonly InitialValues None = new();

    public HashSet<Type> Types { get; } = [];

    /// <summary>False where code of the user threw.</summary>
    public bool AreKnown { get; set; } = true;

    public bool HasUnusualComparer { get; set; }
}

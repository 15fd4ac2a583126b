using System.Net;

namespace BrokerQueues.Broker.Connection;

/// <summary>A host as it is configured, with its port.</summary>
internal sealed record BrokerHost(string Name, int Port)
{
    public override string ToString() => Name.Contains(':', StringComparison.Ordinal) ? $"[{Name}]:{Port}" : $"{Name}:{Port}";
}

/// <summary>One address of a host: what can be connected to.</summary>
internal sealed record BrokerEndpoint(BrokerHost Host, IPAddress Address)
{
    public override string ToString() => IPAddress.TryParse(Host.Name, out _) ? Host.ToString() : $"{Host} ({Address})";
}

using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Connection;

/// <summary>The name of this node in headers, logs and in the names of its broadcast queues.</summary>
internal sealed class NodeIdentity
{
    public NodeIdentity(IOptions<BrokerQueuesOptions> options)
    {
        IsStable = options.Value.NodeId is not null;
        string host = Environment.MachineName.Length > 30 ? Environment.MachineName[..30] : Environment.MachineName;
        NodeId = options.Value.NodeId ?? $"{host}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";
    }

    public string NodeId { get; }

    /// <summary>Whether the name was configured, and so outlives the process.</summary>
    public bool IsStable { get; }
}

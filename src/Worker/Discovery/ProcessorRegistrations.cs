using System.Reflection;

namespace BrokerQueues.Worker.Discovery;

/// <summary>What <c>AddWorker</c> was told, before any of it is checked.</summary>
internal sealed class ProcessorRegistrations
{
    public HashSet<Type> ProcessorTypes { get; } = [];

    public HashSet<Assembly> QueueAssemblies { get; } = [];
}

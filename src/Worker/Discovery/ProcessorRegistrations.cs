using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace BrokerQueues.Worker.Discovery;

/// <summary>What <c>AddWorker</c> was told, before any of it is checked.</summary>
internal sealed class ProcessorRegistrations
{
    public HashSet<Type> ProcessorTypes { get; } = [];

    public HashSet<Assembly> QueueAssemblies { get; } = [];

    /// <summary>What does not load, or was passed over while an assembly was looked through: for the log.</summary>
    public HashSet<string> LeftOut { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the classes of processors are registered; null where there is no container.</summary>
    public IServiceCollection? Services { get; init; }
}

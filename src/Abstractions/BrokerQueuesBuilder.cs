using Microsoft.Extensions.DependencyInjection;

namespace BrokerQueues;

/// <summary>What <c>AddBrokerQueues</c> returns, for packages that add to it (<c>AddWorker</c>).</summary>
/// <param name="services">The services it adds to.</param>
public sealed class BrokerQueuesBuilder(IServiceCollection services)
{
    /// <summary>The services it adds to.</summary>
    public IServiceCollection Services { get; } = services;
}

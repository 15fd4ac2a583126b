using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Tests;

/// <summary>Options that never change.</summary>
internal sealed class FixedOptions(BrokerQueuesOptions options) : IOptionsMonitor<BrokerQueuesOptions>
{
    public BrokerQueuesOptions CurrentValue => options;

    public BrokerQueuesOptions Get(string? name) => options;

    public IDisposable? OnChange(Action<BrokerQueuesOptions, string?> listener) => null;
}

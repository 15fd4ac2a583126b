using Microsoft.Extensions.Configuration;

namespace BrokerQueues.Broker.Hosting;

/// <summary>The configuration that <c>AddBrokerQueues</c> was given: packages that add to it read their sections there.</summary>
internal sealed record GivenConfiguration(IConfiguration Root);

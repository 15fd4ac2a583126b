using BrokerQueues.Tests;
using OpenTelemetry.Trace;

namespace BrokerQueues.OpenTelemetry.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_the_approved_one() => PublicApi.AssertApproved(typeof(BrokerQueuesTracerProviderBuilderExtensions).Assembly);

    [Fact]
    public void It_needs_the_abstractions_and_the_api_of_OpenTelemetry_only() =>
        Assert.All(
            typeof(BrokerQueuesTracerProviderBuilderExtensions).Assembly.GetReferencedAssemblies(),
            assembly => Assert.True(
                assembly.Name is "BrokerQueues.Abstractions" or "OpenTelemetry.Api" || assembly.Name!.StartsWith("System.", StringComparison.Ordinal), assembly.Name));
}

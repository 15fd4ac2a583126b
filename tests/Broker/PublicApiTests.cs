using BrokerQueues.Tests;

namespace BrokerQueues.Broker.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_the_approved_one() => PublicApi.AssertApproved(typeof(BrokerQueues.Broker.BrokerQueuesOptions).Assembly);
}

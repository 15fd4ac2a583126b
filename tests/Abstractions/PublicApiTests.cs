using BrokerQueues.Tests;

namespace BrokerQueues.Abstractions.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_the_approved_one() => PublicApi.AssertApproved(typeof(BrokerQueues.TaskId).Assembly);
}

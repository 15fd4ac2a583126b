using BrokerQueues.Tests;

namespace BrokerQueues.Worker.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_the_approved_one() => PublicApi.AssertApproved(typeof(BrokerQueues.Worker.WorkerOptions).Assembly);
}

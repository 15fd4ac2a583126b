using BrokerQueues.Broker.Publishing;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

public sealed class PendingPublishTests
{
    private readonly PendingPublish _publish =
        new(new OutboundMessage("orders", "orders", Mandatory: true, new BasicProperties(), default));

    [Fact]
    public void What_no_channel_has_taken_cannot_have_arrived()
    {
        Assert.False(_publish.MayHaveArrived);
        Assert.True(_publish.TryClaim(out _));
        Assert.True(_publish.MayHaveArrived);
    }

    [Fact]
    public void What_has_been_given_up_is_not_taken_by_a_channel()
    {
        _publish.SetCanceled();
        Assert.False(_publish.TryClaim(out _));
    }

    [Fact]
    public void What_a_lost_channel_had_taken_may_have_arrived_and_is_taken_by_the_next()
    {
        var window = new ConfirmWindow(4);
        Assert.True(_publish.TryClaim(out _));
        window.Add(_publish);
        Assert.True(Assert.Single(window.TakeUnconfirmed()).MayHaveArrived);
        Assert.True(_publish.TryClaim(out _));
    }

    // A caller that gives up while the channel takes it: never both "it was never sent" and sent.
    [Fact]
    public async Task Of_a_claim_and_a_caller_that_gives_up_at_once_one_knows_of_the_other()
    {
        for (int round = 0; round < 2_000; round++)
        {
            var publish = new PendingPublish(_publish.Message);
            using var together = new Barrier(2);
            var claim = Task.Run(() =>
            {
                together.SignalAndWait();
                return publish.TryClaim(out _);
            });
            together.SignalAndWait();
            publish.TrySetCanceled(CancellationToken.None);
            bool saidToBeNeverSent = !publish.MayHaveArrived;
            Assert.False(await claim && saidToBeNeverSent);
        }
    }
}

using BrokerQueues.Broker.Publishing;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>An alarm: the broker reads nothing from whoever publishes.</summary>
public sealed class BlockedPublisherTests
{
    [Fact]
    public async Task Nothing_is_sent_during_an_alarm_and_all_of_it_in_order_after()
    {
        await using PublisherHarness publisher = await WithAlarmAsync();
        Task[] publishes = [publisher.PublishAsync("1"), publisher.PublishAsync("2")];
        await publisher.PassAMomentAsync();
        Assert.Equal("0", publisher.Sent);

        await publisher.Connection.UnblockAsync();

        await Task.WhenAll(publishes).WaitAsync(Eventually.Deadline);
        Assert.Equal("0 1 2", publisher.Sent);
    }

    [Fact]
    public async Task What_an_alarm_outlasts_fails_as_blocked_and_is_not_sent_later()
    {
        await using PublisherHarness publisher = await WithAlarmAsync();
        Task blocked = publisher.PublishAsync("1");
        await publisher.PassAMomentAsync();

        publisher.Time.Advance(PublisherHarness.Timeout);

        PublishFailedException failed = await Assert.ThrowsAsync<PublishFailedException>(() => blocked.WaitAsync(Eventually.Deadline));
        Assert.Equal((PublishFailure.Blocked, "low on memory", false), (failed.Failure, failed.Reason, failed.MayHaveArrived));
        await publisher.Connection.UnblockAsync();
        await publisher.PublishAsync("2").WaitAsync(Eventually.Deadline);
        Assert.Equal("0 2", publisher.Sent);
    }

    [Fact]
    public async Task An_alarm_that_goes_off_while_a_message_waits_for_room_is_waited_out_as_well()
    {
        await using var publisher = new PublisherHarness(maxOutstandingConfirms: 1);
        await publisher.PublishAndSendAsync("1");
        _ = publisher.PublishAsync("2");
        await publisher.PassAMomentAsync();
        await publisher.Connection.BlockAsync("low on memory");

        await publisher.Channels[0].ConfirmByBrokerAsync(1);

        await publisher.PassAMomentAsync();
        Assert.Equal("1", publisher.Sent);
        await publisher.Connection.UnblockAsync();
        await publisher.UntilSentAsync("2");
    }

    [Fact]
    public async Task An_alarm_ends_with_the_connection_it_was_told_on()
    {
        await using PublisherHarness publisher = await WithAlarmAsync();
        Task publish = publisher.PublishAsync("1");

        await publisher.Connection.LoseAsync();

        await publisher.PassUntilAsync(publish, "it to be confirmed over the next connection");
    }

    private static async Task<PublisherHarness> WithAlarmAsync()
    {
        var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        await publisher.PublishAsync("0").WaitAsync(Eventually.Deadline);
        await publisher.Connection.BlockAsync("low on memory");
        return publisher;
    }
}

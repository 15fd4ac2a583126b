using BrokerQueues.Broker.Publishing;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>A channel that closes or stands still, and what becomes of what was sent over it.</summary>
public sealed class LostChannelTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_unconfirmed_is_sent_again_in_order_before_anything_new(bool withItsConnection)
    {
        await using var publisher = new PublisherHarness();
        Task[] publishes = await publisher.PublishAndSendAsync("1", "2", "3");
        await publisher.Channels[0].ConfirmByBrokerAsync(1);
        Rule opening = publisher.Broker.On<OpenChannel>().IsHeld();
        await LoseAsync(publisher, withItsConnection);
        Task later = publisher.PublishAsync("4");
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        opening.Release();

        await publisher.PassUntilAsync(Task.WhenAll([.. publishes, later]), "all to be confirmed");

        Assert.Equal("1 2 3 2 3 4", publisher.Sent);
    }

    [Fact]
    public async Task A_confirm_that_comes_late_over_a_lost_channel_lets_nobody_return()
    {
        await using var publisher = new PublisherHarness();
        Task[] publishes = await publisher.PublishAndSendAsync("1");
        FakeChannel lost = publisher.Channels[0];
        await publisher.Connection.LoseAsync();
        await publisher.PassUntilAsync(() => publisher.Channels.Count == 2, "another channel");

        await lost.ConfirmByBrokerAsync(1);
        Assert.False(publishes[0].IsCompleted);

        await publisher.Channels[1].ConfirmByBrokerAsync(1);
        await publishes[0].WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task A_message_that_closes_the_channel_is_found_one_by_one_and_fails_alone()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.On<Publish>(publish => publish.Properties.MessageId == "bad").ClosesTheChannel(406, "PRECONDITION_FAILED - invalid expiration");
        Task good = publisher.PublishAsync("1");
        await publisher.UntilSentAsync("1");
        Task bad = publisher.PublishAsync("bad");
        Task behind = publisher.PublishAsync("3");

        // The broker has not said of the first yet that it is well: so the second is not sent.
        await publisher.PassUntilAsync(() => publisher.Channels.Count == 2, "another channel");
        await publisher.PassAMomentAsync();
        Assert.Equal("1", PublisherHarness.Ids(publisher.Channels[1].Asked));

        publisher.Broker.Confirms = _ => Confirmation.Ack;
        await publisher.Channels[1].ConfirmByBrokerAsync(1);

        await publisher.PassUntilAsync(Task.WhenAll(good, behind), "the others to be confirmed");
        PublishFailedException failed = await Assert.ThrowsAsync<PublishFailedException>(() => bad.WaitAsync(Eventually.Deadline));
        Assert.Equal(PublishFailure.Refused, failed.Failure);
        Assert.Contains("invalid expiration", failed.Reason, StringComparison.Ordinal);
        Assert.Equal("1 bad", PublisherHarness.Ids(publisher.Channels[1].Asked));
    }

    [Fact]
    public async Task After_the_bad_one_is_found_the_others_are_no_longer_sent_one_by_one()
    {
        await using var publisher = new PublisherHarness();
        Rule bad = publisher.Broker.On<Publish>(publish => publish.Properties.MessageId == "bad").ClosesTheChannel(406, "PRECONDITION_FAILED - invalid expiration");
        await Assert.ThrowsAsync<PublishFailedException>(() => publisher.PassUntilAsync(publisher.PublishAsync("bad"), "the bad one to fail"));
        Assert.Equal(2, bad.Count);

        Task[] publishes = await publisher.PublishAndSendAsync("1", "2", "3");

        Assert.All(publishes, publish => Assert.False(publish.IsCompleted));
        await publisher.Channels[^1].ConfirmByBrokerAsync(3, multiple: true);
        await Task.WhenAll(publishes).WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task What_may_not_be_written_fails_with_the_account_and_the_permission_that_it_lacks()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        publisher.Broker.On<Publish>(publish => publish.Exchange == "secret").ClosesTheChannel(403, "ACCESS_REFUSED - write access to exchange 'secret' in vhost '/' refused for user 'shop'");

        Task refused = publisher.PublishAsync("1", "secret");
        Task allowed = publisher.PublishAsync("2");

        await publisher.PassUntilAsync(allowed, "the other to be confirmed");
        PublishFailedException failed = await Assert.ThrowsAsync<PublishFailedException>(() => refused.WaitAsync(Eventually.Deadline));
        Assert.Equal(PublishFailure.AccessRefused, failed.Failure);
        Assert.Contains("account 'shop' lacks the permission 'write' on exchange 'secret'", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_channel_that_closed_for_want_of_an_exchange_only_those_fail_that_go_to_it()
    {
        await using var publisher = new PublisherHarness();
        Task before = publisher.PublishAsync("1", "vanishing");
        Task[] others = await publisher.PublishAndSendAsync("2");
        publisher.Broker.On<LookFor>(look => look.Name == "vanishing").ClosesTheChannel(404, "NOT_FOUND - no exchange 'vanishing'");
        publisher.Broker.Confirms = _ => Confirmation.Ack;

        await publisher.Channels[0].CloseByBrokerAsync(404, "NOT_FOUND - no exchange 'vanishing' in vhost '/'");

        await publisher.PassUntilAsync(others[0], "the other to be confirmed");
        PublishFailedException failed = await Assert.ThrowsAsync<PublishFailedException>(() => before.WaitAsync(Eventually.Deadline));
        Assert.Equal(PublishFailure.ExchangeMissing, failed.Failure);
        Assert.Equal("1 2 2", publisher.Sent);
    }

    [Fact]
    public async Task Nobody_is_to_blame_where_the_broker_closes_its_connections()
    {
        await using var publisher = new PublisherHarness();
        Task[] publishes = await publisher.PublishAndSendAsync("1", "2");
        for (int time = 2; time <= 4; time++)
        {
            await publisher.Connection.CloseByBrokerAsync(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'");
            await publisher.PassUntilAsync(() => publisher.Channels.Count == time, "another channel");
            await publisher.UntilSentAsync("2", time);
        }

        await publisher.Channels[^1].ConfirmByBrokerAsync(2, multiple: true);
        await Task.WhenAll(publishes).WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task What_cannot_be_written_as_a_message_fails_alone_and_the_others_are_sent_again()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.On<Publish>(publish => publish.Properties.MessageId == "odd").Throws(() => new FormatException("too long for a short string"));
        Task[] before = await publisher.PublishAndSendAsync("1");
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        Task odd = publisher.PublishAsync("odd");

        await publisher.PassUntilAsync(before[0], "the other to be confirmed");
        PublishFailedException failed = await Assert.ThrowsAsync<PublishFailedException>(() => odd.WaitAsync(Eventually.Deadline));
        Assert.Equal(PublishFailure.Unwritable, failed.Failure);
        Assert.Equal("1 odd 1", publisher.Sent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_channel_over_which_the_broker_takes_nothing_is_left_for_another(bool wantsRoom)
    {
        await using var publisher = new PublisherHarness(maxOutstandingConfirms: 2);
        if (!wantsRoom)
        {
            publisher.Broker.On<Publish>(publish => publish.Properties.MessageId == "2").Times(1).IsNeverAnswered();
        }

        Task[] publishes = [.. "1 2 3".Split(' ').Select(id => publisher.PublishAsync(id))];
        await publisher.UntilSentAsync("2");
        FakeChannel silent = publisher.Channels[0];
        publisher.Broker.Confirms = _ => Confirmation.Ack;

        TimeSpan took = await publisher.PassUntilAsync(() => publishes.All(publish => publish.IsCompletedSuccessfully), "all to be confirmed");

        Assert.Equal("1 2 1 2 3", publisher.Sent);
        Assert.InRange(took, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40));
        await silent.Ended.WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task A_channel_is_not_left_for_a_broker_that_blocks_all_publishers()
    {
        await using var publisher = new PublisherHarness(maxOutstandingConfirms: 1);
        Task[] publishes = await publisher.PublishAndSendAsync("1");
        Task waiting = publisher.PublishAsync("2");
        await publisher.PassAMomentAsync(); // In which it comes to wait for room.
        await publisher.Connection.BlockAsync("low on memory");

        DateTimeOffset later = publisher.Time.GetUtcNow() + TimeSpan.FromMinutes(1);
        await Passing.UntilAsync(publisher.Time, publisher.Time.Advance, TimeSpan.FromSeconds(5), () => publisher.Time.GetUtcNow() >= later, () => "a minute");

        Assert.Single(publisher.Channels);
        Assert.Equal("1", publisher.Sent);
        await publisher.Connection.UnblockAsync();
        await publisher.Channels[0].ConfirmByBrokerAsync(1);
        await publishes[0].WaitAsync(Eventually.Deadline);
        await publisher.UntilSentAsync("2");
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task Where_no_channel_can_be_opened_it_is_tried_until_one_can()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        Rule refused = publisher.Broker.On<OpenChannel>((channel, _) => channel.Confirms).Times(3).Throws(() => new TimeoutException("no answer"));

        await publisher.PassUntilAsync(publisher.PublishAsync("1"), "it to be confirmed");

        Assert.Equal(3, refused.Count);
        Assert.DoesNotContain(publisher.Log.Warnings, warning => warning.Contains("unexpectedly", StringComparison.Ordinal));
        Assert.Equal("1", publisher.Sent);
    }

    [Fact]
    public async Task A_channel_that_the_broker_does_not_open_in_time_is_not_waited_for()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        publisher.Broker.On<OpenChannel>((channel, _) => channel.Confirms).Times(1).IsNeverAnswered();

        Task publish = publisher.PublishAsync("1");
        TimeSpan took = await publisher.PassUntilAsync(() => publish.IsCompletedSuccessfully, "it to be confirmed");

        Assert.InRange(took, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task What_nobody_foresaw_does_not_end_the_publishing()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        publisher.Broker.On<LookFor>().Times(1).Throws(() => new InvalidOperationException("nobody foresaw it"));

        await publisher.PassUntilAsync(Task.WhenAll(publisher.PublishAsync("1"), publisher.PublishAsync("2")), "both to be confirmed");

        Assert.Equal("1 2", publisher.Sent);
        Assert.Contains(publisher.Log.Warnings, warning => warning.StartsWith("Publishing failed unexpectedly", StringComparison.Ordinal));
    }

    private static Task LoseAsync(PublisherHarness publisher, bool withItsConnection) =>
        withItsConnection ? publisher.Connection.LoseAsync() : publisher.Channels[^1].CloseByBrokerAsync(320, "CONNECTION_FORCED - closed by an operator");
}

using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>What the broker answers, and whom it lets go.</summary>
public sealed class ConfirmTests
{
    [Fact]
    public async Task Messages_are_sent_in_the_order_of_the_calls_over_one_channel()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;

        await Task.WhenAll(Enumerable.Range(1, 200).Select(number => publisher.PublishAsync($"{number}")));

        Assert.Equal(string.Join(' ', Enumerable.Range(1, 200)), publisher.Sent);
        Assert.Single(publisher.Channels);
    }

    [Fact]
    public async Task A_caller_returns_upon_the_confirm_of_its_own_message()
    {
        await using var publisher = new PublisherHarness();
        Task[] publishes = await publisher.PublishAndSendAsync("1", "2", "3");

        await publisher.Channels[0].ConfirmByBrokerAsync(2);

        await publishes[1].WaitAsync(Eventually.Deadline);
        Assert.False(publishes[0].IsCompleted);
        Assert.False(publishes[2].IsCompleted);
    }

    [Fact]
    public async Task A_confirm_of_several_lets_all_their_callers_return()
    {
        await using var publisher = new PublisherHarness();
        Task[] publishes = await publisher.PublishAndSendAsync("1", "2", "3", "4");

        await publisher.Channels[0].ConfirmByBrokerAsync(3, multiple: true);

        await Task.WhenAll(publishes[..3]).WaitAsync(Eventually.Deadline);
        Assert.False(publishes[3].IsCompleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_broker_refuses_fails_and_is_not_sent_again(bool several)
    {
        await using var publisher = new PublisherHarness();
        Task[] publishes = await publisher.PublishAndSendAsync("1", "2", "3");

        await publisher.Channels[0].RefuseByBrokerAsync(2, several);
        await publisher.Channels[0].ConfirmByBrokerAsync(3, multiple: true);

        Assert.Equal(PublishFailure.Nacked, (await FailsAsync(publishes[1])).Failure);
        Assert.Equal(several, await Record.ExceptionAsync(() => publishes[0].WaitAsync(Eventually.Deadline)) is PublishFailedException { Failure: PublishFailure.Nacked });
        await publishes[2].WaitAsync(Eventually.Deadline);
        Assert.Equal("1 2 3", publisher.Sent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_returned_fails_alone_and_it_is_said_whether_its_queue_stands(bool stands)
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = publish => publish.Properties.MessageId == "2" ? Confirmation.Return : Confirmation.Ack;
        if (!stands)
        {
            publisher.Broker.On<LookFor>(look => look == new LookFor("queue", "orders")).ClosesTheChannel(404, "NOT_FOUND - no queue 'orders'");
        }

        Task[] publishes = await publisher.PublishAndSendAsync("1", "2", "3");

        Assert.Equal(stands ? PublishFailure.BindingMissing : PublishFailure.Unroutable, (await FailsAsync(publishes[1])).Failure);
        await Task.WhenAll(publishes[0], publishes[2]).WaitAsync(Eventually.Deadline);
        Assert.Equal("1 2 3", publisher.Sent);
    }

    [Fact]
    public async Task What_is_returned_fails_though_the_broker_does_not_say_whether_its_queue_stands()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Return;
        Rule unanswered = publisher.Broker.On<LookFor>(look => look.Kind == "queue").IsNeverAnswered();

        Task publish = publisher.PublishAsync("1");
        await unanswered.Asked.WaitAsync(Eventually.Deadline);

        TimeSpan took = await publisher.PassUntilAsync(() => publish.IsCompleted, "the publish to fail");
        Assert.Equal(PublishFailure.Unroutable, (await FailsAsync(publish)).Failure);
        Assert.InRange(took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));
    }

    // The key of the delay ladder names no queue, and what is said of a delay goes by its exchange alone.
    [Fact]
    public async Task Of_a_delay_that_is_returned_nothing_is_asked()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Return;
        (string exchange, string routingKey) = DelayLadder.Route(TimeSpan.FromSeconds(3), "orders", new BrokerNames(""));
        OutboundMessage delayed = PublisherHarness.Message("1", exchange) with { RoutingKey = routingKey };

        Task[] publishes = [publisher.Publisher.PublishAsync(delayed, CancellationToken.None), publisher.PublishAsync("2")];

        Assert.Equal(PublishFailure.Unroutable, (await FailsAsync(publishes[0])).Failure);
        Assert.Equal(PublishFailure.BindingMissing, (await FailsAsync(publishes[1])).Failure);
        Assert.Equal([new LookFor("queue", "orders")], publisher.Broker.Asked.Select(asked => asked.Request).OfType<LookFor>().Where(look => look.Kind == "queue"));
    }

    [Fact]
    public async Task No_more_are_unconfirmed_at_a_time_than_is_allowed()
    {
        await using var publisher = new PublisherHarness(maxOutstandingConfirms: 2);
        Task[] publishes = [.. Enumerable.Range(1, 4).Select(number => publisher.PublishAsync($"{number}"))];
        await publisher.UntilSentAsync("2");
        await publisher.PassAMomentAsync();
        Assert.Equal("1 2", publisher.Sent);

        await publisher.Channels[0].ConfirmByBrokerAsync(1);

        await publisher.UntilSentAsync("3");
        await publisher.PassAMomentAsync();
        Assert.Equal("1 2 3", publisher.Sent);
        await publishes[0].WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task An_exchange_is_looked_for_once_before_the_first_publish_to_it()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;

        await publisher.PublishAsync("1").WaitAsync(Eventually.Deadline);
        await publisher.PublishAsync("2").WaitAsync(Eventually.Deadline);
        await publisher.PublishAsync("3", "invoices").WaitAsync(Eventually.Deadline);

        Assert.Equal(
            [new LookFor("exchange", "orders"), new LookFor("exchange", "invoices")],
            publisher.Broker.Asked.Select(asked => asked.Request).OfType<LookFor>());
    }

    [Fact]
    public async Task What_goes_to_an_exchange_that_is_not_there_fails_alone_and_is_not_sent()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        publisher.Broker.On<LookFor>(look => look.Name == "gone").ClosesTheChannel(404, "NOT_FOUND - no exchange 'gone'");

        Task missing = publisher.PublishAsync("1", "gone");
        await publisher.PublishAsync("2").WaitAsync(Eventually.Deadline);

        PublishFailedException failed = await FailsAsync(missing);
        Assert.Equal(PublishFailure.ExchangeMissing, failed.Failure);
        Assert.False(failed.MayHaveArrived);
        Assert.Equal("2", publisher.Sent);
        Assert.Single(publisher.Channels);
    }

    [Fact]
    public async Task What_needs_another_exchange_beside_its_own_fails_where_that_is_not_there()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.On<LookFor>(look => look.Name == "gone").ClosesTheChannel(404, "NOT_FOUND - no exchange 'gone'");

        PublishFailedException failed = await FailsAsync(publisher.Publisher.PublishAsync(
            PublisherHarness.Message("1", "delay") with { AlsoRequiredExchange = "gone" }, CancellationToken.None));

        Assert.Equal(PublishFailure.ExchangeMissing, failed.Failure);
        Assert.Contains("'gone'", failed.Reason, StringComparison.Ordinal);
        Assert.Equal("", publisher.Sent);
    }

    [Fact]
    public async Task What_the_broker_does_not_confirm_in_time_may_have_arrived_and_what_was_never_sent_has_not()
    {
        await using var publisher = new PublisherHarness(maxOutstandingConfirms: 1);
        // The one that waits has no room, and the channel on which it waits is given up meanwhile; neither matters to what is told of them.
        Task[] publishes = await publisher.PublishAndSendAsync("1");
        Task waiting = publisher.PublishAsync("2");

        publisher.Time.Advance(PublisherHarness.Timeout);

        PublishFailedException sent = await FailsAsync(publishes[0]);
        Assert.Equal((PublishFailure.Unconfirmed, true), (sent.Failure, sent.MayHaveArrived));
        PublishFailedException unsent = await FailsAsync(waiting);
        Assert.Equal((PublishFailure.Unconfirmed, false), (unsent.Failure, unsent.MayHaveArrived));
    }

    private static Task<PublishFailedException> FailsAsync(Task publish) => Assert.ThrowsAsync<PublishFailedException>(() => publish.WaitAsync(Eventually.Deadline));
}

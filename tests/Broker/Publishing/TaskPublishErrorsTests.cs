using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>The publisher knows messages; what their failures mean is said in the words of tasks.</summary>
public sealed class TaskPublishErrorsTests
{
    private static readonly TaskId s_id = new("t-1");

    private readonly TaskPublishErrors _errors = new(new BrokerNames("shop."), Options.Create(new BrokerQueuesOptions { PublishTimeout = TimeSpan.FromSeconds(2) }));

    public static TheoryData<int, Type, string> Kinds => new()
    {
        { (int)PublishFailure.ExchangeMissing, typeof(TaskQueueNotFoundException), "the broker has no task queue 'orders'" },
        { (int)PublishFailure.Unroutable, typeof(TaskQueueNotFoundException), "the broker has no task queue 'orders'" },
        { (int)PublishFailure.BindingMissing, typeof(TaskQueueNotFoundException), "queue 'shop.orders' stands on the broker, but has no binding to exchange 'shop.orders' with routing key 'shop.orders'" },
        { (int)PublishFailure.Nacked, typeof(TaskQueueFullException), "(basic.nack), as a rule because queue 'orders' has reached its length limit" },
        { (int)PublishFailure.AccessRefused, typeof(TaskPublishException), "Task t-1 for queue 'orders' was refused by the broker: the reason." },
        { (int)PublishFailure.Refused, typeof(TaskPublishException), "Task t-1 for queue 'orders' was refused by the broker: the reason." },
        { (int)PublishFailure.Unwritable, typeof(TaskPublishException), "Task t-1 for queue 'orders' cannot be written as a message: the reason" },
        { (int)PublishFailure.Unconfirmed, typeof(BrokerUnavailableException), "was not confirmed within 2 s: the broker is not available (the reason). It was never sent." },
        { (int)PublishFailure.Blocked, typeof(BrokerBlockedException), "was not confirmed within 2 s: the broker blocks all publishers (the reason). It was never sent." },
        { (int)PublishFailure.Disposed, typeof(TaskPublishException), "was not confirmed: the program is shutting down. It was never sent. Publish it again." },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_kind_of_failure_is_told_in_the_words_of_tasks(int failure, Type expected, string text)
    {
        var cause = new InvalidOperationException();
        TaskPublishException told = _errors.Translate(Failed((PublishFailure)failure, cause: cause), s_id, "orders");

        Assert.IsType(expected, told);
        Assert.Contains(text, told.Message, StringComparison.Ordinal);
        Assert.Equal(s_id, told.TaskId);
        Assert.Equal("orders", told.QueueId);
    }

    [Fact]
    public void No_kind_is_left_out() => Assert.Equal(Enum.GetValues<PublishFailure>().Select(kind => (int)kind), Kinds.Select(row => (int)row[0]));

    [Theory]
    [InlineData((int)PublishFailure.Unconfirmed, "It may have arrived all the same.")]
    [InlineData((int)PublishFailure.Blocked, "It may still arrive when the alarm clears.")]
    [InlineData((int)PublishFailure.Disposed, "It may have arrived all the same.")]
    public void What_has_been_sent_and_is_not_known_to_have_failed_may_have_arrived(int failure, string text) =>
        Assert.Contains(text, _errors.Translate(Failed((PublishFailure)failure, wasSent: true), s_id, "orders").Message, StringComparison.Ordinal);

    [Fact]
    public void A_delayed_task_that_no_queue_took_is_no_matter_of_its_own_queue()
    {
        TaskPublishException told = _errors.Translate(Failed(PublishFailure.Unroutable, exchange: "shop.bq.delay.04"), s_id, "orders");
        Assert.IsType<TaskQueueNotFoundException>(told);
        Assert.Contains("no queue for delays is bound to exchange 'shop.bq.delay.04'", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_is_declared_a_target_only_where_that_is_what_it_lacks_and_is_given_up_only_where_it_was_refused()
    {
        ILookup<(bool Missing, bool Refusal), PublishFailure> kinds = Enum.GetValues<PublishFailure>().ToLookup(kind => (Failed(kind).IsTargetMissing, Failed(kind).IsRefusal));
        Assert.Equal([PublishFailure.ExchangeMissing, PublishFailure.Unroutable, PublishFailure.BindingMissing], kinds[(true, false)]);
        Assert.Equal([PublishFailure.AccessRefused, PublishFailure.Refused, PublishFailure.Unwritable], kinds[(false, true)]);
        Assert.Empty(kinds[(true, true)]);
    }

    private static PublishFailedException Failed(PublishFailure failure, string exchange = "shop.orders", bool wasSent = false, Exception? cause = null) =>
        new(failure, new OutboundMessage(exchange, "shop.orders", Mandatory: true, new BasicProperties(), default), wasSent, "the reason", cause);
}

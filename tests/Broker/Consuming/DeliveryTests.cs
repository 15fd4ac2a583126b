using BrokerQueues.Broker.Consuming;
using static BrokerQueues.Broker.Tests.Messages;

namespace BrokerQueues.Broker.Tests.Consuming;

public sealed class DeliveryTests
{
    // The session is only carried.
    private static Delivery Deliver(bool redelivered, byte[] body, params (string, object?)[] headers) => new(null!, 1, redelivered, Task(headers), body);

    [Fact]
    public void Counts_are_not_believed_on_a_first_delivery() =>
        Assert.Equal(0, Deliver(redelivered: false, [], ("x-delivery-count", 9L), ("x-acquired-count", 9L)).ReturnCount);

    [Theory]
    [InlineData(3L, 5L, 5)]
    [InlineData(5L, 3L, 5)]
    [InlineData(4, null, 4)]
    [InlineData(null, 4L, 4)]
    [InlineData(null, null, 0)]
    [InlineData("text", null, 0)]
    public void The_higher_of_the_two_counts_is_taken_on_a_redelivery(object? deliveries, object? acquired, long expected) =>
        Assert.Equal(expected, Deliver(redelivered: true, [], ("x-delivery-count", deliveries), ("x-acquired-count", acquired)).ReturnCount);

    [Fact]
    public void A_redelivery_without_headers_has_no_count() => Assert.Equal(0, Deliver(redelivered: true, []).ReturnCount);

    [Fact]
    public void It_can_be_settled_once()
    {
        Delivery delivery = Deliver(redelivered: false, []);
        Assert.True(delivery.TryClaimSettlement());
        Assert.False(delivery.TryClaimSettlement());
    }

    [Fact]
    public void The_body_is_its_own_and_not_the_client_s()
    {
        byte[] buffer = [1, 2, 3];
        Delivery delivery = Deliver(redelivered: false, buffer);
        Array.Clear(buffer);
        Assert.Equal([1, 2, 3], delivery.Body.ToArray());
        delivery.ReleaseBody();
        delivery.ReleaseBody();
    }

    [Fact]
    public void An_empty_body_is_empty()
    {
        Delivery delivery = Deliver(redelivered: false, []);
        Assert.True(delivery.Body.IsEmpty);
        delivery.ReleaseBody();
    }
}

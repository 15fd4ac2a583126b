using System.Text;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Broker.Tests.Topology;

public sealed class BrokerNamesTests
{
    [Fact]
    public void Every_name_begins_with_the_prefix()
    {
        var names = new BrokerNames("dev.");
        Assert.Equal("dev.orders", names.Queue("orders"));
        Assert.Equal("dev.orders.failed", names.Failed("orders"));
        Assert.Equal("dev.orders.fatal", names.Fatal("orders"));
        Assert.Equal("dev.orders.incompatible", names.Incompatible("orders"));
        Assert.Equal("dev.orders@n1", names.BroadcastQueue("orders", "n1"));
        Assert.Equal("dev.bq.delay.07", names.DelayLevel(7));
        Assert.Equal("dev.bq.delay.deliver", names.DelayDelivery);
        Assert.Equal("dev.bq.undeliverable", names.Undeliverable);
    }

    [Fact]
    public void Only_the_ladders_exchanges_count_as_such()
    {
        var names = new BrokerNames("dev.");
        Assert.True(names.IsDelayLevel(names.DelayLevel(0)));
        Assert.True(names.IsDelayLevel(names.DelayLevel(27)));
        Assert.False(names.IsDelayLevel(names.Queue("orders")));
        Assert.False(names.IsDelayLevel("bq.delay.07"));
        Assert.False(names.IsDelayLevel(""));
    }

    [Fact]
    public void Each_parking_queue_ends_in_one_of_the_suffixes() =>
        Assert.Equal(
            Enum.GetValues<ParkingQueue>().Select(parking => new BrokerNames("dev.").Parking("orders", parking)),
            BrokerNames.ParkingSuffixes.Select(suffix => "dev.orders" + suffix));

    [Theory]
    [InlineData("orders")]
    [InlineData("sample.uploads")]
    [InlineData("o")]
    [InlineData("Bestellungen für München")]
    [InlineData("a-b_c:d/e")]
    [InlineData("bqueue")]
    [InlineData("amqp")]
    public void An_ordinary_queue_id_is_fine(string queueId) => Assert.Null(BrokerNames.CheckQueueId(queueId));

    [Theory]
    [InlineData(null, "must not be empty")]
    [InlineData("", "must not be empty")]
    [InlineData("amq.orders", "reserved")]
    [InlineData("bq.orders", "reserved")]
    [InlineData("a*b", "means something else")]
    [InlineData("a.#", "means something else")]
    [InlineData("a@b", "means something else")]
    [InlineData("a\nb", "means something else")]
    [InlineData("a\0b", "means something else")]
    public void A_queue_id_that_would_mean_something_else_is_refused(string? queueId, string expected) =>
        Assert.Contains(expected, BrokerNames.CheckQueueId(queueId), StringComparison.Ordinal);

    [Theory]
    [InlineData('q', 120)]
    [InlineData('é', 60)]
    [InlineData('€', 40)]
    public void A_queue_id_has_at_most_120_bytes(char character, int fits)
    {
        Assert.Null(BrokerNames.CheckQueueId(new string(character, fits)));
        string tooLong = new string(character, fits) + "x";
        Assert.Contains($"has {Encoding.UTF8.GetByteCount(tooLong)} bytes; at most 120", BrokerNames.CheckQueueId(tooLong), StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_of_all_names_fits_into_a_short_string()
    {
        var names = new BrokerNames(new string('p', 60));
        string queueId = new('q', BrokerNames.MaxQueueIdBytes);
        Assert.InRange(names.Incompatible(queueId).Length, 1, 255);
        Assert.InRange(names.BroadcastQueue(queueId, new string('n', 60)).Length, 1, 255);
    }
}

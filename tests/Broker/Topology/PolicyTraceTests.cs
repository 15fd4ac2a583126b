using BrokerQueues.Broker.Topology;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Topology;

public sealed class PolicyTraceTests
{
    private static BasicProperties Died(string queue, string reason, bool ownExpiration = false)
    {
        var entry = new Dictionary<string, object?> { ["queue"] = System.Text.Encoding.UTF8.GetBytes(queue), ["reason"] = System.Text.Encoding.UTF8.GetBytes(reason), ["count"] = 1L };
        if (ownExpiration)
        {
            entry["original-expiration"] = "5000"u8.ToArray();
        }

        return new BasicProperties { Headers = new Dictionary<string, object?> { ["x-death"] = new List<object?> { entry } } };
    }

    [Theory]
    [InlineData("maxlen", "drop-head")]
    [InlineData("expired", "message-ttl")]
    public void A_task_that_a_policy_moved_says_so(string reason, string told) =>
        Assert.Contains(told, PolicyTrace.Read(Died("orders", reason), "orders"), StringComparison.Ordinal);

    [Fact]
    public void A_delay_a_publisher_s_own_expiration_a_delivery_limit_and_what_is_no_list_of_deaths_are_no_policy()
    {
        Assert.Null(PolicyTrace.Read(Died("bq.delay.03", "expired"), "orders"));
        Assert.Null(PolicyTrace.Read(Died("orders", "expired", ownExpiration: true), "orders"));
        Assert.Null(PolicyTrace.Read(Died("orders", "delivery_limit"), "orders"));
        Assert.Null(PolicyTrace.Read(new BasicProperties(), "orders"));
        Assert.Null(PolicyTrace.Read(new BasicProperties { Headers = new Dictionary<string, object?> { ["x-death"] = 5 } }, "orders"));
        Assert.Null(PolicyTrace.Read(new BasicProperties { Headers = new Dictionary<string, object?> { ["x-death"] = new List<object?> { "x", null } } }, "orders"));
    }
}

using BrokerQueues.Broker.Publishing;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

public sealed class SealedHeadersTests
{
    [Fact]
    public void What_the_client_writes_through_the_interface_is_dropped()
    {
        var headers = new SealedHeaders(2) { ["traceparent"] = "ours" };
        IDictionary<string, object?> seenByTheClient = headers;
        seenByTheClient["traceparent"] = "theirs";
        seenByTheClient["tracestate"] = "theirs";
        seenByTheClient.Add("baggage", "theirs");
        seenByTheClient.TryAdd("Request-Id", "theirs");
        seenByTheClient.Add(new("Correlation-Context", "theirs"));
        seenByTheClient.Remove("traceparent");
        seenByTheClient.Remove(new KeyValuePair<string, object?>("traceparent", "ours"));
        seenByTheClient.Clear();

        Assert.Equal("ours", Assert.Single(headers, header => header.Key == "traceparent").Value);
        Assert.Single(headers);
        Assert.Equal("ours", seenByTheClient["traceparent"]);
    }

    [Fact]
    public void Headers_made_elsewhere_are_copied_and_sealed()
    {
        var made = new Dictionary<string, object?> { ["bq-attempt"] = 2 };
        var headers = SealedHeaders.Of(made);
        Assert.Equal(made, headers);
        Assert.Same(headers, SealedHeaders.Of(headers));
        Assert.Empty(SealedHeaders.Of(null));
        var properties = new BasicProperties { Headers = headers };
        properties.Headers["traceparent"] = "theirs";
        Assert.Single(properties.Headers);
    }
}

using BrokerQueues.Broker.Wire;

namespace BrokerQueues.Broker.Tests.Wire;

public sealed class TaskHeadersTests
{
    [Theory]
    [InlineData("x-death")]
    [InlineData("x-first-death-queue")]
    [InlineData("x-first-death-reason")]
    [InlineData("x-last-death-exchange")]
    [InlineData("x-delivery-count")]
    [InlineData("x-acquired-count")]
    [InlineData("x-dotnet-pub-seq-no")]
    [InlineData("bq-result")]
    [InlineData("bq-error-type")]
    [InlineData("bq-error-message")]
    [InlineData("bq-error-stack")]
    [InlineData("bq-failed-at")]
    [InlineData("bq-failed-node")]
    [InlineData("bq-origin-queue")]
    [InlineData("bq-attempts")]
    [InlineData("bq-dropped-headers")]
    public void What_belongs_to_one_delivery_does_not_travel(string name) => Assert.True(TaskHeaders.BelongsToOneDelivery(name));

    [Theory]
    [InlineData("bq-attempt")]
    [InlineData("bq-redrives")]
    [InlineData("bq-aborts")]
    [InlineData("bq-display-name")]
    [InlineData("bq-sent-by")]
    [InlineData("traceparent")]
    [InlineData("tracestate")]
    [InlineData("x-deathly")]
    [InlineData("tenant")]
    public void What_belongs_to_the_task_travels(string name) => Assert.False(TaskHeaders.BelongsToOneDelivery(name));

    [Fact]
    public void Text_is_read_from_bytes_and_from_text_and_from_nothing_else()
    {
        var headers = new Dictionary<string, object?> { ["a"] = Messages.Bytes("é"), ["b"] = "é", ["c"] = 1, ["d"] = null };
        Assert.Equal("é", TaskHeaders.ReadText(headers, "a"));
        Assert.Equal("é", TaskHeaders.ReadText(headers, "b"));
        Assert.Null(TaskHeaders.ReadText(headers, "c"));
        Assert.Null(TaskHeaders.ReadText(headers, "d"));
        Assert.Null(TaskHeaders.ReadText(headers, "e"));
        Assert.Null(TaskHeaders.ReadText(null, "a"));
    }
}

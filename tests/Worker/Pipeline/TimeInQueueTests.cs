using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Pipeline;
using RabbitMQ.Client;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class TimeInQueueTests
{
    private static readonly DateTimeOffset s_sent = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_750);

    [Fact]
    public void The_id_that_our_publisher_makes_has_the_milliseconds() =>
        Assert.Equal(TimeSpan.FromMilliseconds(1500), Of(id: Guid.CreateVersion7(s_sent).ToString(), now: s_sent.AddMilliseconds(1500)));

    [Fact]
    public void An_id_that_was_made_at_another_time_or_is_none_of_ours_leaves_whole_seconds()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(2250), Of(id: Guid.CreateVersion7(s_sent.AddHours(-1)).ToString(), now: s_sent.AddMilliseconds(1500)));
        Assert.Equal(TimeSpan.FromMilliseconds(2250), Of(id: Guid.NewGuid().ToString(), now: s_sent.AddMilliseconds(1500)));
        Assert.Equal(TimeSpan.FromMilliseconds(2250), Of(id: "order-4711", now: s_sent.AddMilliseconds(1500)));
    }

    [Fact]
    public void A_publisher_whose_clock_is_fast_has_waited_no_time() => Assert.Equal(TimeSpan.Zero, Of(id: "x", now: s_sent.AddHours(-1)));

    [Fact]
    public void What_says_nothing_of_the_queue_is_not_counted()
    {
        Assert.Null(Of(isDated: false));
        Assert.Null(Of(redelivered: true));
        Assert.Null(Of(headers: ("bq-attempt", 2)));
        Assert.Null(Of(headers: ("bq-aborts", 1)));
        Assert.Null(Of(headers: ("bq-redrives", 1)));
        Assert.Null(Of(headers: ("x-death", new List<object>())));
        Assert.Null(Of(retryCount: 1));
    }

    private static TimeSpan? Of(
        string id = "x", DateTimeOffset? now = null, bool isDated = true, bool redelivered = false, int retryCount = 0, params (string Name, object? Value)[] headers)
    {
        var properties = new BasicProperties
        {
            Type = "Send",
            MessageId = id,
            ContentType = "application/json",
            Headers = headers.ToDictionary(header => header.Name, header => header.Value),
        };
        if (isDated)
        {
            properties.Timestamp = new AmqpTimestamp(s_sent.ToUnixTimeSeconds());
        }

        Assert.Null(TaskMessage.TryRead(properties, "orders", out TaskMessage? task));
        var execution = new TaskExecution();
        execution.Begin(new Delivery(null!, 1, redelivered, properties, default), default);
        execution.Task = task;
        for (int i = 0; i < retryCount; i++)
        {
            execution.RunAgain();
        }

        return TimeInQueue.Of(execution, now ?? s_sent);
    }
}

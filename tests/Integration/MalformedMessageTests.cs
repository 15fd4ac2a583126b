using System.Text;
using BrokerQueues.TestKit;
using RabbitMQ.Client;

namespace BrokerQueues.Integration.Tests;

public sealed class MalformedMessageTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task Sixteen_malformed_messages_are_set_aside_with_their_reason_and_the_good_one_behind_them_runs()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a");
        (string Name, Action<BasicProperties> Change, byte[] Body, string Reason)[] malformed =
        [
            ("not JSON", _ => { }, "hello"u8.ToArray(), "is not the JSON of ScriptDirective"),
            ("cut JSON", _ => { }, "{\"number\":"u8.ToArray(), "is not the JSON of ScriptDirective"),
            ("an array", _ => { }, "[1,2,3]"u8.ToArray(), "is not the JSON of ScriptDirective"),
            ("a wrong type", _ => { }, "{\"number\":\"many\"}"u8.ToArray(), "is not the JSON of ScriptDirective"),
            ("more behind it", _ => { }, "{\"number\":1} {\"number\":2}"u8.ToArray(), "is not the JSON of ScriptDirective"),
            ("bad UTF-8", _ => { }, [.. "{\"text\":\""u8, 0xC3, 0x28, .. "\"}"u8], "is not UTF-8"),
            ("3,000 deep", _ => { }, Encoding.UTF8.GetBytes("{\"x\":" + new string('[', 3000) + new string(']', 3000) + "}"), "MaxDepth"),
            ("a type name", _ => { }, "{\"$type\":\"System.Diagnostics.Process, System\",\"number\":1}"u8.ToArray(), "Type names are not accepted"),
            ("a nested type name", _ => { }, "{\"extra\":{\"$type\":\"System.IO.FileInfo\"}}"u8.ToArray(), "Type names are not accepted"),
            ("an unknown type", properties => properties.Type = "Nobody.Knows", "{}"u8.ToArray(), "No processor on this node understands the task type 'Nobody.Knows'"),
            ("no type", properties => properties.ClearType(), "{}"u8.ToArray(), "has no type"),
            ("a wrong content type", properties => properties.ContentType = "application/xml", "<x/>"u8.ToArray(), "content type is 'application/xml'"),
            ("no content type", properties => properties.ClearContentType(), "{}"u8.ToArray(), "has no content type"),
            ("attempt 'many'", properties => properties.Headers!["bq-attempt"] = "many", "{}"u8.ToArray(), "'bq-attempt' is 'many'"),
            ("attempt -5", properties => properties.Headers!["bq-attempt"] = -5, "{}"u8.ToArray(), "'bq-attempt' is '-5'"),
            ("a traceparent of 10 KB", properties => properties.Headers!["traceparent"] = new string('0', 10_000), "{}"u8.ToArray(), "'traceparent' has 10000 bytes"),
        ];

        foreach ((string name, Action<BasicProperties> change, byte[] body, _) in malformed)
        {
            BasicProperties properties = RawClient.TaskProperties(Scripted.TaskType, name);
            change(properties);
            await Raw.PublishAsync(Queue(QueueId), properties, body);
        }

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 17 });

        await node.HasRunAsync(1);
        Assert.Equal(17, node.Runs[0].Number);
        await Eventually.EqualAsync<uint?>(16, () => Raw.CountAsync(Names.Incompatible(QueueId)), "the malformed messages");
        var reasons = new Dictionary<string, RawMessage>(StringComparer.Ordinal);
        while (await Raw.TakeAsync(Names.Incompatible(QueueId)) is { } message)
        {
            reasons.Add(message.Properties.MessageId!, message);
        }

        foreach ((string name, _, byte[] body, string reason) in malformed)
        {
            Assert.Contains(reason, reasons[name].Header("bq-error-message"), StringComparison.Ordinal);
            if (reason.StartsWith("is not", StringComparison.Ordinal))
            {
                Assert.EndsWith("correct the publisher, publish the task again, and delete this one.", reasons[name].Header("bq-error-message"), StringComparison.Ordinal);
            }

            Assert.Equal("Incompatible", reasons[name].Header("bq-result"));
            Assert.Equal(body, reasons[name].Body);
        }
    }

    [Fact]
    public async Task A_message_without_an_id_or_body_from_a_foreign_publisher_runs()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        BasicProperties properties = RawClient.TaskProperties(Scripted.TaskType);
        properties.ClearMessageId();
        properties.ClearHeaders();
        properties.Timestamp = new AmqpTimestamp(long.MaxValue);
        properties.ContentType = "application/json; charset=utf-8";

        await Raw.PublishAsync(Queue(QueueId), properties, []);

        await node.HasRunAsync(1);
        Assert.NotEqual("", node.Runs[0].TaskId.Value);
    }

    [Fact]
    public async Task A_header_table_that_leaves_no_room_for_the_reason_is_cut_and_the_task_parked()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (_, _) => throw new TaskResultException(TaskProcessingJobResult.Fatal, "no");
        BasicProperties properties = RawClient.TaskProperties(Scripted.TaskType);
        properties.Headers!["huge"] = new string('x', 120_000);
        properties.Headers["small"] = "kept";

        await Raw.PublishAsync(Queue(QueueId), properties, "{}"u8.ToArray());

        RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
        Assert.Equal(("no", "kept", "huge", null), (parked.Header("bq-error-message"), parked.Header("small"), parked.Header("bq-dropped-headers"), parked.Header("huge")));
    }

    [Fact]
    public async Task A_large_body_of_a_foreign_publisher_is_parked_whole()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (_, _) => Task.FromResult(TaskProcessingJobResult.Fatal);
        byte[] body = Encoding.UTF8.GetBytes("{\"text\":\"" + new string('a', 15_000_000) + "\"}");

        await Raw.PublishAsync(Queue(QueueId), RawClient.TaskProperties(Scripted.TaskType), body);

        RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
        Assert.Equal(body.Length, parked.Body.Length);
        Assert.Single(node.Runs);
    }

    [Fact]
    public async Task A_message_marked_with_another_user_or_an_expiration_or_cc_is_parked_once_and_stays()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (_, _) => Task.FromResult(TaskProcessingJobResult.Fatal);
        BasicProperties properties = RawClient.TaskProperties(Scripted.TaskType);
        properties.UserId = "guest";
        properties.Expiration = "3600000";
        properties.Headers!["CC"] = new List<object?> { Names.Incompatible(QueueId) };

        await Raw.PublishAsync(Queue(QueueId), properties, "{}"u8.ToArray());

        RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
        Assert.Null(parked.Properties.Expiration);
        Assert.Null(parked.Properties.UserId);
        // The publisher's own CC went there; our copy did not.
        await Raw.ReceiveAsync(Names.Incompatible(QueueId));
        await StopAsync(node);
        Assert.Null(await Raw.TakeAsync(Names.Incompatible(QueueId)));
    }
}

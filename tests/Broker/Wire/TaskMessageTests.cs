using BrokerQueues.Broker.Wire;
using RabbitMQ.Client;
using static BrokerQueues.Broker.Tests.Messages;

namespace BrokerQueues.Broker.Tests.Wire;

public sealed class TaskMessageTests
{
    private const string Queue = "dev.orders";

    private static TaskMessage Read(BasicProperties properties)
    {
        Assert.Null(TaskMessage.TryRead(properties, Queue, out TaskMessage? message));
        return message!;
    }

    private static string Refusal(BasicProperties properties)
    {
        string? refusal = TaskMessage.TryRead(properties, Queue, out TaskMessage? message);
        Assert.Null(message);
        return Assert.IsType<string>(refusal);
    }

    [Fact]
    public void A_bare_message_is_the_first_attempt()
    {
        TaskMessage task = Read(Task());
        Assert.Equal(("task-1", "Send"), (task.TaskId.Value, task.TaskType));
        Assert.Equal((1, 0, 0), (task.Attempt, task.Redrives, task.Aborts));
        Assert.Equal((null, null, null, null), (task.DisplayName, task.CorrelationId, task.TraceParent, task.TraceState));
        Assert.Null(task.CreatedAt);
    }

    [Fact]
    public void Everything_the_wire_contract_names_is_read()
    {
        BasicProperties properties = Task(
            ("bq-attempt", 3), ("bq-redrives", 2), ("bq-aborts", 4), ("bq-display-name", Bytes("Überweisung")),
            ("traceparent", Bytes("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")), ("tracestate", Bytes("a=b")));
        properties.CorrelationId = "parent";
        properties.Timestamp = new AmqpTimestamp(1_700_000_000);

        TaskMessage task = Read(properties);
        Assert.Equal((3, 2, 4), (task.Attempt, task.Redrives, task.Aborts));
        Assert.Equal("Überweisung", task.DisplayName);
        Assert.Equal("parent", task.CorrelationId);
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", task.TraceParent);
        Assert.Equal("a=b", task.TraceState);
        Assert.Equal(new DateTimeOffset(2023, 11, 14, 22, 13, 20, TimeSpan.Zero), task.CreatedAt);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_type_it_says_to_set_one(string? type)
    {
        BasicProperties properties = Task();
        properties.Type = type;
        Assert.Contains("Set the AMQP property 'type'", Refusal(properties), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "has no content type")]
    [InlineData("", "has no content type")]
    [InlineData("text/plain", "'text/plain'")]
    [InlineData("application/jsonx", "'application/jsonx'")]
    [InlineData("application/json; charset=latin1", "'application/json; charset=latin1'")]
    [InlineData(" application/json", "' application/json'")]
    public void Another_content_type_is_refused_by_name(string? contentType, string expected)
    {
        BasicProperties properties = Task();
        properties.ContentType = contentType;
        string refusal = Refusal(properties);
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        Assert.Contains("'application/json'", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=UTF-8")]
    public void Json_in_UTF8_is_accepted_however_it_is_written(string contentType)
    {
        BasicProperties properties = Task();
        properties.ContentType = contentType;
        Read(properties);
    }

    public static TheoryData<string, object?, string> BadCounts
    {
        get
        {
            var data = new TheoryData<string, object?, string>
            {
                { "bq-attempt", 0, "'0'; it must be a whole number from 1" },
                { "bq-redrives", -1, "'-1'; it must be a whole number from 0" },
                { "bq-aborts", -1L, "'-1'; it must be a whole number from 0" },
            };
            foreach (string header in new[] { "bq-attempt", "bq-redrives", "bq-aborts" })
            {
                data.Add(header, Bytes("2"), "'2'");
                data.Add(header, "two", "'two'");
                data.Add(header, 1.5, "'1.5'");
                data.Add(header, true, "'True'");
                data.Add(header, null, "''");
                data.Add(header, (long)int.MaxValue, "'2147483647'");
                data.Add(header, long.MinValue, "'-9223372036854775808'");
                data.Add(header, new List<object>(), "whole number");
                data.Add(header, Bytes(new string('9', 500)), new string('9', 80) + "...'");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(BadCounts))]
    public void A_malformed_count_is_refused_with_its_name_and_value(string header, object? value, string expected)
    {
        string refusal = Refusal(Task((header, value)));
        Assert.Contains($"'{header}'", refusal, StringComparison.Ordinal);
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
    }

    public static TheoryData<object> Widths => [3, 3L, (short)3, (sbyte)3, (byte)3, (ushort)3, 3u];

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_count_may_have_any_width(object three)
    {
        TaskMessage task = Read(Task(("bq-attempt", three), ("bq-redrives", three), ("bq-aborts", three)));
        Assert.Equal((3, 3, 3), (task.Attempt, task.Redrives, task.Aborts));
    }

    [Fact]
    public void A_traceparent_is_refused_only_beyond_512_bytes()
    {
        Read(Task(("traceparent", new byte[512])));
        Assert.Contains("has 513 bytes", Refusal(Task(("traceparent", new byte[513]))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_message_without_an_id_gets_a_new_one(string? id)
    {
        BasicProperties properties = Task();
        properties.MessageId = id;
        TaskId first = Read(properties).TaskId;
        Assert.Equal(7, Guid.Parse(first.Value).Version);
        Assert.NotEqual(first, Read(properties).TaskId);
    }

    [Fact]
    public void A_message_with_a_result_on_it_was_moved_by_hand_and_starts_again()
    {
        TaskMessage task = Read(Task(("bq-result", Bytes("Fail")), ("bq-attempt", 6), ("bq-aborts", 2)));
        Assert.Equal((1, 1, 0), (task.Attempt, task.Redrives, task.Aborts));
    }

    [Fact]
    public void Each_move_by_hand_counts()
    {
        Assert.Equal(3, Read(Task(("bq-result", Bytes("Fail")), ("bq-redrives", 2))).Redrives);
    }

    [Theory]
    [InlineData("delivery_limit")]
    [InlineData("rejected")]
    public void What_the_broker_gave_up_on_in_this_queue_was_moved_by_hand_and_starts_again(string reason)
    {
        TaskMessage task = Read(Task(("x-death", Deaths((Queue, reason))), ("bq-attempt", 4)));
        Assert.Equal((1, 1), (task.Attempt, task.Redrives));
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("maxlen")]
    [InlineData("a reason of tomorrow")]
    public void What_only_waited_too_long_or_had_no_room_keeps_its_counts(string reason)
    {
        TaskMessage task = Read(Task(("x-death", Deaths((Queue, reason))), ("bq-attempt", 4), ("bq-redrives", 2), ("bq-aborts", 3)));
        Assert.Equal((4, 2, 3), (task.Attempt, task.Redrives, task.Aborts));
    }

    [Fact]
    public void The_broker_s_mark_is_found_behind_others()
    {
        TaskMessage task = Read(Task(("x-death", Deaths(("bq.delay.03", "expired"), (Queue, "expired"), (Queue, "delivery_limit")))));
        Assert.Equal(1, task.Redrives);
    }

    [Fact]
    public void A_task_out_of_the_delay_ladder_was_not_moved_by_hand()
    {
        TaskMessage task = Read(Task(("x-death", Deaths(("dev.bq.delay.02", "expired"), ("dev.bq.delay.00", "expired"))), ("bq-attempt", 4)));
        Assert.Equal((4, 0), (task.Attempt, task.Redrives));
    }

    [Fact]
    public void A_death_elsewhere_is_no_move_by_hand()
    {
        TaskMessage task = Read(Task(("x-death", Deaths(("dev.other", "delivery_limit"))), ("bq-attempt", 4)));
        Assert.Equal((4, 0), (task.Attempt, task.Redrives));
    }

    public static TheoryData<object?> StrangeDeaths => ["none", 7, null, new List<object> { "x", 1 }, new List<object> { new Dictionary<string, object?>() }];

    [Theory]
    [MemberData(nameof(StrangeDeaths))]
    public void An_x_death_of_another_shape_is_ignored(object? value)
    {
        TaskMessage task = Read(Task(("x-death", value), ("bq-attempt", 4)));
        Assert.Equal((4, 0), (task.Attempt, task.Redrives));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(253402300800)]
    [InlineData(1_700_000_000_000)]
    public void A_timestamp_out_of_range_is_left_out(long seconds)
    {
        BasicProperties properties = Task();
        properties.Timestamp = new AmqpTimestamp(seconds);
        Assert.Null(Read(properties).CreatedAt);
    }

    [Fact]
    public void Other_counts_leave_the_rest_as_it_is()
    {
        TaskMessage task = Read(Task(("bq-redrives", 2)));
        TaskMessage again = task.With(attempt: 5, aborts: 1);
        Assert.Equal((5, 2, 1), (again.Attempt, again.Redrives, again.Aborts));
        Assert.Equal((task.TaskId, task.TaskType), (again.TaskId, again.TaskType));
        Assert.Same(task.Properties, again.Properties);
    }
}

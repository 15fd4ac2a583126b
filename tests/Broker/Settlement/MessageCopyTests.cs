using System.Text;
using BrokerQueues.Broker.Settlement;
using FsCheck;
using FsCheck.Fluent;
using RabbitMQ.Client;
using static BrokerQueues.Broker.Tests.Messages;

namespace BrokerQueues.Broker.Tests.Settlement;

public sealed class MessageCopyTests
{
    private static readonly TaskId s_id = new("task-1");
    private static readonly DateTimeOffset s_failedAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly FailureDetails s_failure = new("Fail", "System.IO.IOException", "The disk is full.", "at Somewhere()", Attempts: 6, Redrives: 2);

    private static BasicProperties Requeue(BasicProperties original, int attempt = 1, int redrives = 0, int aborts = 0) =>
        MessageCopy.ForRequeue(original, s_id, attempt, redrives, aborts);

    private static BasicProperties Park(BasicProperties original, FailureDetails? failure = null) =>
        MessageCopy.ForParking(original, s_id, failure ?? s_failure, "orders", "node-1", s_failedAt);

    private static string ErrorStack(string stack) => Assert.IsType<string>(Park(Task(), s_failure with { ErrorStack = stack }).Headers!["bq-error-stack"]);

    public static TheoryData<string> Kinds => ["requeue", "park"];

    private static BasicProperties Copy(string kind, BasicProperties original) => kind == "park" ? Park(original) : Requeue(original);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_the_publisher_said_is_kept(string kind)
    {
        BasicProperties original = Task(("tenant", Bytes("acme")), ("traceparent", Bytes("00-1-2-01")), ("bq-display-name", Bytes("d")), ("bq-sent-by", Bytes("n")), ("list", new List<object> { 1 }));
        original.ContentEncoding = "utf-8";
        original.CorrelationId = "c";
        original.ReplyTo = "r";
        original.AppId = "app";
        original.Timestamp = new AmqpTimestamp(5);
        original.Priority = 3;

        BasicProperties copy = Copy(kind, original);
        Assert.Equal(("Send", "task-1", "application/json", "utf-8", "c", "r", "app"), (copy.Type, copy.MessageId, copy.ContentType, copy.ContentEncoding, copy.CorrelationId, copy.ReplyTo, copy.AppId));
        Assert.Equal((5L, (byte)3), (copy.Timestamp.UnixTime, copy.Priority));
        foreach ((string name, object? value) in original.Headers!)
        {
            Assert.Same(value, copy.Headers![name]);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Texts_that_grew_when_they_were_read_as_UTF8_still_fit_into_a_short_string(string kind)
    {
        string grown = Encoding.UTF8.GetString(Enumerable.Repeat((byte)0xE9, 100).ToArray());
        var original = new BasicProperties { Type = grown, ContentType = grown, ContentEncoding = grown, CorrelationId = grown, ReplyTo = grown, AppId = grown };

        BasicProperties copy = Copy(kind, original);
        Assert.All(
            [copy.Type, copy.ContentType, copy.ContentEncoding, copy.CorrelationId, copy.ReplyTo, copy.AppId],
            text => Assert.InRange(Encoding.UTF8.GetByteCount(text!), 1, 255));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_copy_is_persistent_even_when_the_original_was_not(string kind)
    {
        BasicProperties original = Task();
        original.DeliveryMode = DeliveryModes.Transient;
        Assert.Equal(DeliveryModes.Persistent, Copy(kind, original).DeliveryMode);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void User_id_and_expiration_are_left_out(string kind)
    {
        BasicProperties original = Task();
        original.UserId = "guest";
        original.Expiration = "5000";
        BasicProperties copy = Copy(kind, original);
        Assert.False(copy.IsUserIdPresent());
        Assert.False(copy.IsExpirationPresent());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_belongs_to_one_delivery_and_what_is_an_address_is_left_out(string kind)
    {
        string[] gone = ["x-death", "x-first-death-queue", "x-last-death-reason", "x-delivery-count", "x-acquired-count", "x-dotnet-pub-seq-no", "CC", "BCC", "bq-dropped-headers"];
        BasicProperties copy = Copy(kind, Task([.. gone.Select(name => (name, (object?)1L)), ("kept", 1L)]));
        Assert.Equal([], gone.Intersect(copy.Headers!.Keys));
        Assert.Contains("kept", copy.Headers!.Keys);
    }

    [Fact]
    public void A_requeued_copy_carries_no_old_error()
    {
        BasicProperties parked = Park(Task());
        Assert.Equal([], Requeue(parked).Headers!.Keys);
    }

    [Fact]
    public void A_first_attempt_carries_no_counts() =>
        Assert.Equal([], Requeue(Task(("bq-attempt", 9), ("bq-redrives", 9), ("bq-aborts", 9)), attempt: 1, redrives: 0, aborts: 0).Headers!.Keys);

    [Fact]
    public void Counts_that_say_something_are_carried()
    {
        IDictionary<string, object?> headers = Requeue(Task(("bq-attempt", 1)), attempt: 2, redrives: 1, aborts: 3).Headers!;
        Assert.Equal((2, 1, 3), (headers["bq-attempt"], headers["bq-redrives"], headers["bq-aborts"]));
    }

    [Fact]
    public void A_parked_copy_says_what_happened_where_and_when()
    {
        IDictionary<string, object?> headers = Park(Task(("bq-attempt", 6), ("bq-result", Bytes("older")))).Headers!;
        Assert.Equal(
            [
                ("bq-attempt", 6), ("bq-attempts", 6), ("bq-error-message", "The disk is full."), ("bq-error-stack", "at Somewhere()"), ("bq-error-type", "System.IO.IOException"),
                ("bq-failed-at", "2026-01-02T03:04:05.0000000+00:00"), ("bq-failed-node", "node-1"), ("bq-origin-queue", "orders"), ("bq-redrives", 2), ("bq-result", "Fail"),
            ],
            headers.OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => (header.Key, header.Value!)));
    }

    [Fact]
    public void A_failure_without_an_exception_has_no_type_and_no_stack()
    {
        IDictionary<string, object?> headers = Park(Task(), s_failure with { ErrorType = null, ErrorStack = null }).Headers!;
        Assert.DoesNotContain("bq-error-type", headers.Keys);
        Assert.DoesNotContain("bq-error-stack", headers.Keys);
    }

    [Fact]
    public void A_message_that_lacks_everything_can_be_parked()
    {
        BasicProperties copy = Park(new BasicProperties());
        Assert.Equal("task-1", copy.MessageId);
        Assert.False(copy.IsTypePresent());
        Assert.Equal("Fail", copy.Headers!["bq-result"]);
    }

    [Fact]
    public void The_original_is_not_touched()
    {
        BasicProperties original = Task(("bq-attempt", 2), ("x-death", 1), ("big", new byte[100_000]));
        Requeue(original, attempt: 3);
        Park(original);
        Assert.Equal(["big", "bq-attempt", "x-death"], original.Headers!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(2, original.Headers["bq-attempt"]);
    }

    [Fact]
    public void A_stack_of_8_KiB_is_kept_whole()
    {
        string stack = new('s', 8192);
        Assert.Equal(stack, ErrorStack(stack));
    }

    [Fact]
    public void A_longer_stack_is_cut_to_8_KiB_and_marked()
    {
        string cut = ErrorStack(new string('s', 8193));
        Assert.Equal(new string('s', 8189) + "...", cut);
    }

    [Theory]
    [InlineData("é", 2)]
    [InlineData("€", 3)]
    [InlineData("😀", 4)]
    public void A_stack_is_cut_between_characters(string character, int bytes)
    {
        for (int shift = 0; shift < bytes; shift++)
        {
            string cut = ErrorStack(new string('a', shift) + string.Concat(Enumerable.Repeat(character, 5000)));
            string kept = cut[..^3];
            Assert.Equal("...", cut[^3..]);
            Assert.InRange(Encoding.UTF8.GetByteCount(cut), 8192 - bytes + 1, 8192);
            Assert.Equal(kept, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(kept)));
        }
    }

    [Fact]
    public void A_cut_stack_is_the_beginning_of_the_whole_and_fits() => Prop.ForAll(
        Gen.Elements("a", "é", "€", "😀", "\n").ListOf(9000).Select(list => string.Concat(list)).ToArbitrary(), text =>
    {
        string cut = ErrorStack(text);
        Assert.InRange(Encoding.UTF8.GetByteCount(cut), 8189, 8192);
        Assert.StartsWith(cut[..^3], text, StringComparison.Ordinal);
        Assert.False(char.IsHighSurrogate(cut[^4]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_long_message_and_type_are_cut_to_2_KiB()
    {
        IDictionary<string, object?> headers = Park(Task(), s_failure with { ErrorMessage = new string('m', 5000), ErrorType = new string('t', 5000) }).Headers!;
        Assert.Equal(new string('m', 2045) + "...", headers["bq-error-message"]);
        Assert.Equal(new string('t', 2045) + "...", headers["bq-error-type"]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Headers_up_to_the_limit_are_kept(string kind)
    {
        IDictionary<string, object?> headers = Copy(kind, Task(("big", new byte[96 * 1024 - 1000]))).Headers!;
        Assert.Contains("big", headers.Keys);
        Assert.DoesNotContain("bq-dropped-headers", headers.Keys);
    }

    public static TheoryData<string, object> TooLarge => new()
    {
        { "requeue", new byte[96 * 1024] },
        { "park", new byte[96 * 1024] },
        { "requeue", new string('x', 96 * 1024) },
        { "requeue", string.Concat(Enumerable.Repeat("€", 33 * 1024)) },
        { "requeue", new List<object> { Bytes(new string('x', 50 * 1024)), Bytes(new string('y', 50 * 1024)) } },
        { "requeue", new Dictionary<string, object?> { ["inner"] = new Dictionary<string, object?> { [new string('k', 100)] = new byte[96 * 1024] } } },
        { "requeue", Enumerable.Range(0, 12_000).Cast<object>().ToList() },
    };

    [Theory]
    [MemberData(nameof(TooLarge))]
    public void A_header_that_does_not_fit_is_left_out_and_named(string kind, object value)
    {
        IDictionary<string, object?> headers = Copy(kind, Task(("big", value), ("small", 1), ("medium", new byte[500]))).Headers!;
        Assert.DoesNotContain("big", headers.Keys);
        Assert.Equal("big", headers["bq-dropped-headers"]);
        Assert.Contains("small", headers.Keys);
        Assert.Contains("medium", headers.Keys);
    }

    [Fact]
    public void No_more_headers_are_left_out_than_needed()
    {
        IDictionary<string, object?> headers = Requeue(Task(("a", new byte[40_000]), ("b", new byte[41_000]), ("c", new byte[42_000]))).Headers!;
        Assert.Equal("c", headers["bq-dropped-headers"]);
        Assert.Equal(["a", "b", "bq-dropped-headers"], headers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void All_that_were_left_out_are_named()
    {
        IDictionary<string, object?> headers = Requeue(Task(("a", new byte[40_000]), ("b", new byte[99_000]), ("c", new byte[98_000]))).Headers!;
        Assert.Equal("b, c", headers["bq-dropped-headers"]);
    }
}

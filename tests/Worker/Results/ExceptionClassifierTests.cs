using System.Data.Common;
using System.Net;
using System.Reflection;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using BrokerQueues.Worker.Tests.Pipeline;
using Microsoft.Extensions.Options;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Results;

public sealed class ExceptionClassifierTests
{
    private sealed class FakeDbException(string? state, string message = "db") : DbException(message)
    {
        public override string? SqlState { get; } = state;
    }

    private sealed class ByData : IErrorCodeProvider
    {
        public IEnumerable<string> GetErrorCodes(Exception exception) => exception.Data["code"] is string code ? [$"erp:{code}"] : [];
    }

    private static TaskProcessingJobResult Classify(
        Exception exception, TaskExceptionBehaviorAttribute[]? method = null, TaskExceptionBehaviorAttribute[]? type = null, TaskProcessingJobResult? otherwise = null) =>
        new ExceptionClassifier(
            [new HttpErrorCodes(), new SqlErrorCodes(), new HResultErrorCodes(), new ByData()],
            Options.Create(new WorkerOptions { DefaultExceptionResult = otherwise ?? Fail }), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance)
        .Classify(exception, Processor.Throwing(exception, method, type));

    private static HttpRequestException Http(int status) => new("http", null, (HttpStatusCode)status);

    [Fact]
    public void Without_a_rule_it_is_the_default()
    {
        Assert.Equal(Fail, Classify(new IOException()));
        Assert.Equal(Requeue, Classify(new IOException(), otherwise: Requeue));
        Assert.Equal(Requeue, Classify(new IOException(), [new(Fatal, typeof(FormatException))], [new(Cancel, "http:500")], Requeue));
    }

    [Fact]
    public void The_method_is_asked_before_the_class_even_where_the_class_is_more_exact()
    {
        var thrown = new FileNotFoundException();
        Assert.Equal(Fatal, Classify(thrown, [new(Fatal, typeof(Exception))], [new(Requeue, typeof(FileNotFoundException))]));
        Assert.Equal(Requeue, Classify(thrown, [new(Fatal, typeof(FormatException))], [new(Requeue, typeof(FileNotFoundException))]));
        Assert.Equal(Fatal, Classify(Http(503), [new(Fatal, typeof(HttpRequestException))], [new(Requeue, "http:503")]));
    }

    [Theory]
    [InlineData(typeof(FileNotFoundException), Requeue)]
    [InlineData(typeof(EndOfStreamException), Cancel)]
    [InlineData(typeof(FormatException), Fatal)]
    public void The_most_derived_type_wins_wherever_it_stands(Type thrown, TaskProcessingJobResult expected)
    {
        TaskExceptionBehaviorAttribute[] rules = [new(Fatal, typeof(Exception)), new(Cancel, typeof(IOException)), new(Requeue, typeof(FileNotFoundException))];
        var exception = (Exception)Activator.CreateInstance(thrown)!;
        Assert.Equal(expected, Classify(exception, rules));
        Assert.Equal(expected, Classify(exception, [.. rules.Reverse()]));
        Assert.Equal(expected, Classify(exception, type: rules));
    }

    [Fact]
    public void Each_type_of_a_rule_counts()
    {
        TaskExceptionBehaviorAttribute[] rules = [new(Fatal, typeof(FormatException), typeof(IOException))];
        Assert.Equal(Fatal, Classify(new FormatException(), rules));
        Assert.Equal(Fatal, Classify(new IOException(), rules));
    }

    [Fact]
    public void A_type_does_not_catch_what_it_derives_from() => Assert.Equal(Fail, Classify(new IOException(), [new(Fatal, typeof(FileNotFoundException))]));

    [Fact]
    public void Codes_win_over_types()
    {
        Assert.Equal(Requeue, Classify(Http(503), [new(Fatal, typeof(HttpRequestException)), new(Requeue, "http:503")]));
        Assert.Equal(Fatal, Classify(Http(500), [new(Fatal, typeof(HttpRequestException)), new(Requeue, "http:503")]));
    }

    public static TheoryData<Exception, string> Codes => new()
    {
        { Http(429), "http:429" },
        { Http(429), "HTTP:429" },
        { new FakeDbException("40001"), "sql:40001" },
        { new FakeDbException("40P01"), "SQL:40p01" },
        { new UnauthorizedAccessException { HResult = unchecked((int)0x80070005) }, "hresult:0x80070005" },
        { new UnauthorizedAccessException { HResult = unchecked((int)0x8007000A) }, "HRESULT:0X8007000a" },
        { new InvalidOperationException { HResult = 5 }, "hresult:0x00000005" },
        { new InvalidOperationException { Data = { ["code"] = "E17" } }, "erp:E17" },
        { new InvalidOperationException("outer", new InvalidDataException("middle", new FakeDbException("40001"))), "sql:40001" },
        { new InvalidOperationException("outer", new AggregateException(Http(429))), "http:429" },
    };

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_code_is_found_on_the_exception_and_on_what_caused_it(Exception exception, string code)
    {
        Assert.Equal(Requeue, Classify(exception, [new(Requeue, "x:1", code)]));
        Assert.Equal(Fail, Classify(exception, [new(Requeue, code + "0")]));
    }

    [Fact]
    public void The_code_nearest_to_what_was_thrown_wins()
    {
        var exception = new HttpRequestException("outer", new FakeDbException("40001"), HttpStatusCode.ServiceUnavailable);
        Assert.Equal(Cancel, Classify(exception, [new(Fatal, "sql:40001"), new(Cancel, "http:503")]));
    }

    [Fact]
    public void An_exception_without_a_status_or_a_state_has_no_code()
    {
        Assert.Empty(new HttpErrorCodes().GetErrorCodes(new HttpRequestException("no status")));
        Assert.Empty(new SqlErrorCodes().GetErrorCodes(new FakeDbException(null)));
        Assert.Empty(new SqlErrorCodes().GetErrorCodes(new FakeDbException("")));
        Assert.Empty(new HttpErrorCodes().GetErrorCodes(new IOException()));
    }

    [Fact]
    public void A_chosen_result_wins_over_every_rule() =>
        Assert.Equal(Cancel, Classify(new TaskResultException(Cancel, "enough"), [new(Fatal, typeof(TaskResultException))], otherwise: Requeue));

    [Fact]
    public void Wrappers_are_taken_off_to_the_first_of_what_they_carry()
    {
        var inner = new IOException("x");
        Assert.Same(inner, ExceptionClassifier.Unwrap(inner));
        Assert.Same(inner, ExceptionClassifier.Unwrap(new AggregateException(inner, new FormatException())));
        Assert.Same(inner, ExceptionClassifier.Unwrap(new TargetInvocationException(new AggregateException(new AggregateException(inner)))));
        var empty = new AggregateException();
        Assert.Same(empty, ExceptionClassifier.Unwrap(empty));
        var noInner = new TargetInvocationException(null);
        Assert.Same(noInner, ExceptionClassifier.Unwrap(noInner));
        var other = new InvalidOperationException("outer", inner);
        Assert.Same(other, ExceptionClassifier.Unwrap(other));
    }

    [Theory]
    [InlineData(500, Requeue)]
    [InlineData(503, Cancel)]
    [InlineData(599, Requeue)]
    [InlineData(404, Fatal)]
    [InlineData(302, Fail)]
    public void A_class_of_statuses_stands_for_all_of_them_and_a_code_written_out_wins(int status, TaskProcessingJobResult expected) =>
        Assert.Equal(expected, Classify(Http(status), [new(Requeue, "http:5xx"), new(Cancel, "HTTP:503"), new(Fatal, "http:4XX")]));

    [Fact]
    public void A_class_of_statuses_is_found_on_the_cause_too() =>
        Assert.Equal(Requeue, Classify(new InvalidOperationException("outer", Http(502)), [new(Requeue, "http:5xx")]));
}

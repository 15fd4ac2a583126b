using System.Net;
using System.Net.Http.Headers;
using BrokerQueues.Worker.Results;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class RetryAfterTests
{
    private readonly RunBench _bench = new();

    [Fact]
    public async Task The_header_of_a_response_is_the_least_wait_of_the_task()
    {
        ExecutionOutcome outcome = await RunAsync(new RetryConditionHeaderValue(TimeSpan.FromSeconds(120)));
        Assert.Equal((Requeue, TimeSpan.FromSeconds(120)), (outcome.Result, outcome.MinDelay));
        Assert.Null(outcome.Delay);
    }

    [Fact]
    public async Task A_date_counts_from_now_and_one_in_the_past_is_no_wait()
    {
        Assert.Equal(TimeSpan.FromMinutes(3), (await RunAsync(new RetryConditionHeaderValue(_bench.Time.GetUtcNow() + TimeSpan.FromMinutes(3)))).MinDelay);
        Assert.Equal(TimeSpan.Zero, (await RunAsync(new RetryConditionHeaderValue(_bench.Time.GetUtcNow() - TimeSpan.FromMinutes(3)))).MinDelay);
    }

    [Fact]
    public async Task No_server_has_a_task_wait_for_more_than_a_day() =>
        Assert.Equal(TimeSpan.FromDays(1), (await RunAsync(new RetryConditionHeaderValue(TimeSpan.FromDays(365)))).MinDelay);

    [Fact]
    public async Task Without_the_header_nothing_is_known() => Assert.Null((await RunAsync(null)).MinDelay);

    [Fact]
    public void A_success_passes() =>
        Assert.Equal(HttpStatusCode.OK, new HttpResponseMessage(HttpStatusCode.OK).EnsureSuccessOrRetryAfter().StatusCode);

    [Fact]
    public async Task It_is_found_on_a_cause_too_and_a_provider_that_throws_is_passed_over()
    {
        _bench.ErrorCodes.Insert(0, new Throwing());
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Headers = { RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7)) } };
        Exception cause = Assert.Throws<HttpRequestException>(() => response.EnsureSuccessOrRetryAfter());
        Assert.Equal(TimeSpan.FromSeconds(7), (await _bench.RunAsync(Processor.Throwing(new InvalidOperationException("outer", cause)))).MinDelay);
    }

    [Fact]
    public async Task A_delay_of_the_processor_goes_with_its_result()
    {
        var thrown = new TaskResultException(Requeue, "Not yet.", TimeSpan.FromMinutes(2));
        ExecutionOutcome outcome = await _bench.RunAsync(Processor.Throwing(thrown));
        Assert.Equal((Requeue, TimeSpan.FromMinutes(2)), (outcome.Result, outcome.Delay));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TaskResultException(Requeue, "Not yet.", TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TaskResultException(Requeue, "Not yet.", AddTaskOptions.MaxDelay + TimeSpan.FromTicks(1)));
    }

    private ValueTask<ExecutionOutcome> RunAsync(RetryConditionHeaderValue? header) => _bench.RunAsync(Processor.Of(
        (_, _) =>
        {
            using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Headers = { RetryAfter = header } };
            response.EnsureSuccessOrRetryAfter(_bench.Time);
            return Task.CompletedTask;
        },
        method: [new(Requeue, "http:429")]));

    private sealed class Throwing : IErrorCodeProvider
    {
        public IEnumerable<string> GetErrorCodes(Exception exception) => [];

        public TimeSpan? GetRetryAfter(Exception exception) => throw new NotSupportedException();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using BrokerQueues.Worker.Discovery;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class TaskTraceTests : IDisposable
{
    private readonly RunBench _bench = new();
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly string _queueId = $"traced.{Guid.NewGuid():N}";

    public TaskTraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "BrokerQueues",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.OperationName.EndsWith(_queueId, StringComparison.Ordinal))
                {
                    _ended.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_failed_execution_has_status_Error_with_its_type_and_without_its_message()
    {
        Activity span = await RunAsync(Processor.Throwing(new InvalidDataException("card 4711"), [new(Fatal, typeof(IOException)), new(Requeue, typeof(SystemException))]));

        Assert.Equal((ActivityStatusCode.Error, "Requeue: System.IO.InvalidDataException"), (span.Status, span.StatusDescription));
        Assert.Equal("System.IO.InvalidDataException", span.GetTagItem("error.type"));
        Assert.Equal("Requeue", span.GetTagItem("brokerqueues.task.result"));
        ActivityEvent thrown = Assert.Single(span.Events);
        Assert.Equal("exception", thrown.Name);
        Assert.DoesNotContain("4711", string.Join('\n', span.TagObjects.Concat(thrown.Tags).Select(tag => $"{tag.Value}")) + span.StatusDescription, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Fail)]
    [InlineData(Fatal)]
    [InlineData(Requeue)]
    [InlineData(Retry)]
    public async Task A_failure_that_is_returned_has_status_Error_too(TaskProcessingJobResult result)
    {
        Activity span = await RunAsync(Processor.Returning(result));
        Assert.Equal((ActivityStatusCode.Error, $"The processor returned {result}."), (span.Status, span.StatusDescription));
        Assert.Equal(result.ToString(), span.GetTagItem("error.type"));
    }

    [Theory]
    [InlineData(Complete)]
    [InlineData(Cancel)]
    [InlineData(Abort)]
    public async Task What_is_no_failure_has_no_status(TaskProcessingJobResult result)
    {
        Activity span = await RunAsync(Processor.Returning(result));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Equal(result.ToString(), span.GetTagItem("brokerqueues.task.result"));
        Assert.Null(span.GetTagItem("error.type"));
    }

    private async Task<Activity> RunAsync(ProcessorDescriptor processor)
    {
        await _bench.RunAsync(processor with { QueueId = _queueId });
        return Assert.Single(_ended);
    }
}

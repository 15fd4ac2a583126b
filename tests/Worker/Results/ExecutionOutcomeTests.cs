using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;

namespace BrokerQueues.Worker.Tests.Results;

public sealed class ExecutionOutcomeTests
{
    [Theory]
    [InlineData(4, 3, "The processor returned Retry 4 times (MaxRetries 3), which counts as Fail.")]
    [InlineData(1, 0, "The processor returned Retry once (MaxRetries 0), which counts as Fail.")]
    public void A_Retry_too_many_is_a_Fail_that_says_how_often_and_how_often_it_may(int runs, int maxRetries, string message) => Assert.Equal(
        new ExecutionOutcome(TaskProcessingJobResult.Fail, null, message),
        ExecutionOutcome.Of(TaskProcessingJobResult.Retry).RetriedTooOften(runs, maxRetries));

    [Fact]
    public void A_thrown_Retry_too_many_keeps_its_exception_and_its_reason()
    {
        var locked = new IOException("the file is locked");
        ExecutionOutcome outcome = ExecutionOutcome.Of(TaskProcessingJobResult.Retry, locked).RetriedTooOften(4, 3);
        Assert.Same(locked, outcome.Error);
        Assert.Equal("The processor ended in Retry 4 times (MaxRetries 3), which counts as Fail. The last reason: the file is locked", outcome.Message);
    }
}

using BrokerQueues.Worker.Hosting;

namespace BrokerQueues.Worker.Tests.Hosting;

public sealed class WorkerOptionsCheckTests
{
    private static IReadOnlyList<string> Check(Action<WorkerOptions> change)
    {
        var options = new WorkerOptions();
        change(options);
        return WorkerOptionsCheck.FindMistakes(options);
    }

    public static TheoryData<Action<WorkerOptions>, string> Wrong => new()
    {
        { options => options.MaxTotalConcurrency = 0, "MaxTotalConcurrency" },
        { options => options.MaxTotalConcurrency = 10_001, "MaxTotalConcurrency" },
        { options => options.ShutdownGracePeriod = TimeSpan.FromTicks(-1), "ShutdownGracePeriod" },
        { options => options.ShutdownGracePeriod = TimeSpan.FromMinutes(61), "ShutdownGracePeriod" },
        { options => options.MinRequeueDelay = TimeSpan.FromMilliseconds(999), "MinRequeueDelay" },
        { options => { options.MinRequeueDelay = TimeSpan.FromHours(25); options.MaxRequeueDelay = TimeSpan.FromHours(26); }, "MinRequeueDelay" },
        { options => options.MaxRequeueDelay = TimeSpan.FromMilliseconds(999), "MaxRequeueDelay" },
        { options => { options.MinRequeueDelay = TimeSpan.FromMinutes(5); options.MaxRequeueDelay = TimeSpan.FromMinutes(4); }, "MaxRequeueDelay" },
        { options => options.MaxRequeueDelay = TimeSpan.FromDays(31), "MaxRequeueDelay" },
        { options => options.BroadcastLease = TimeSpan.FromSeconds(59), "BroadcastLease" },
        { options => options.BroadcastLease = TimeSpan.FromDays(31), "BroadcastLease" },
        { options => options.DefaultExceptionResult = TaskProcessingJobResult.Complete, "DefaultExceptionResult" },
        { options => options.DefaultExceptionResult = TaskProcessingJobResult.Abort, "DefaultExceptionResult" },
        { options => options.DefaultExceptionResult = (TaskProcessingJobResult)42, "DefaultExceptionResult" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_option_is_named_with_its_section(Action<WorkerOptions> change, string option) =>
        Assert.StartsWith($"BrokerQueues:Worker:{option} is ", Assert.Single(Check(change)), StringComparison.Ordinal);

    [Theory]
    [InlineData(TaskProcessingJobResult.Fail)]
    [InlineData(TaskProcessingJobResult.Fatal)]
    [InlineData(TaskProcessingJobResult.Requeue)]
    [InlineData(TaskProcessingJobResult.Retry)]
    [InlineData(TaskProcessingJobResult.Cancel)]
    public void An_exception_may_mean_any_result_that_is_no_success(TaskProcessingJobResult result) =>
        Assert.Empty(Check(options => options.DefaultExceptionResult = result));

    [Fact]
    public void The_ends_of_each_range_are_fine() => Assert.Empty(Check(options =>
    {
        options.MaxTotalConcurrency = 10_000;
        options.ShutdownGracePeriod = TimeSpan.Zero;
        options.MinRequeueDelay = TimeSpan.FromDays(1);
        options.MaxRequeueDelay = TimeSpan.FromDays(1);
        options.BroadcastLease = TimeSpan.FromMinutes(1);
    }));

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => Assert.Equal(3, Check(options =>
    {
        options.MaxTotalConcurrency = -1;
        options.BroadcastLease = TimeSpan.Zero;
        options.DefaultExceptionResult = TaskProcessingJobResult.Complete;
    }).Count);

    [Fact]
    public void A_longest_wait_that_is_shorter_than_the_first_is_told_with_both() => Assert.Equal(
        "BrokerQueues:Worker:MaxRequeueDelay is 00:04:00, and BrokerQueues:Worker:MinRequeueDelay is 00:05:00. The longest wait cannot be shorter than the first: raise the one, or lower the other.",
        Assert.Single(Check(options =>
        {
            options.MinRequeueDelay = TimeSpan.FromMinutes(5);
            options.MaxRequeueDelay = TimeSpan.FromMinutes(4);
        })));
}

using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class ShutdownTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_node_that_stops_ends_its_short_tasks_and_leaves_the_rest_to_others_untouched()
    {
        const int Count = 80;
        await using var scene = new Scene();
        WorkerNode leaving = await scene.StartAsync("leaving");
        await scene.Publisher.AddNumberedAsync(Queues.Concurrent, Count, _ => new NumberedTask { WorkMs = 300 });
        await Eventually.TrueAsync(() => scene.Journal.Executions(Queues.Concurrent).Count >= Queues.Concurrency, "all executors are busy");

        long stoppedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        TimeSpan took = await leaving.StopAsync();
        int ran = scene.Journal.Executions(Queues.Concurrent).Count;
        output.WriteLine($"stop with {Queues.Concurrency} tasks of 300 ms: {took.TotalMilliseconds:0} ms; {ran} ran there");
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.All(scene.Journal.Executions(Queues.Concurrent), execution => Assert.True(execution.IsCompleted, execution.ToString()));
        Assert.InRange(ran, Queues.Concurrency, Count - 1);
        // The signal takes a moment; a second round of tasks would start 300 ms after it.
        Assert.DoesNotContain(scene.Journal.Executions(Queues.Concurrent), execution => execution.Start.AtUnixMs > stoppedAt + 1000);

        await scene.StartAsync("next");
        await scene.UntilCompletedAsync(Queues.Concurrent, Count);
        Assert.Equal(0, scene.Invariants(Queues.Concurrent).Duplicates);
        Assert.All(scene.Journal.Executions(Queues.Concurrent), execution => Assert.Equal(1, execution.Start.Attempt));
        await scene.AssertDrainedAsync(Queues.Concurrent);
    }

    [Theory]
    [InlineData(Queues.Concurrent)]
    [InlineData(Queues.Sequential)]
    public async Task A_task_that_outlasts_the_grace_period_is_aborted_and_runs_on_another_node_as_the_same_attempt(string queue)
    {
        var grace = TimeSpan.FromSeconds(2);
        await using var scene = new Scene();
        await scene.StartAsync("a", grace);
        await scene.StartAsync("b", grace);
        await scene.Publisher.AddNumberedAsync(queue, 1, _ => new NumberedTask { WorkMs = 6000 });
        Execution first = await scene.UntilAsync(queue, _ => true, "the task runs");

        long asked = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        TimeSpan took = await scene.NodeOf(first).StopAsync();
        first = scene.Journal.Executions(queue)[0];
        TimeSpan aborted = TimeSpan.FromMilliseconds(first.End!.AtUnixMs - asked);
        output.WriteLine($"{queue}: aborted after {aborted.TotalMilliseconds:0} ms, left after {took.TotalMilliseconds:0} ms, with a grace of {grace.TotalMilliseconds:0} ms");
        Assert.True(first.IsAborted, first.ToString());
        Assert.InRange(aborted, grace - TimeSpan.FromMilliseconds(20), grace * 2);
        Assert.InRange(took, grace, grace * 2);

        await scene.UntilCompletedAsync(queue, 1);
        List<Execution> executions = scene.Journal.Executions(queue);
        Assert.Equal(2, executions.Count);
        Assert.NotEqual(first.Node, executions[1].Node);
        Assert.Equal(1, executions[1].Start.Attempt);
        Assert.Empty(scene.Invariants(queue).Overlaps);
        await scene.AssertDrainedAsync(queue);
    }
}

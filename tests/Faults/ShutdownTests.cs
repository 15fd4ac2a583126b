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
        await using RawClient client = await RawClient.ConnectAsync(scene.Broker);
        Gate gate = scene.NewGate();
        // With a grace that nobody waits for: it leaves because its tasks have ended.
        WorkerNode leaving = await scene.StartAsync("leaving", grace: 2 * Eventually.Deadline);
        await scene.Publisher.AddNumberedAsync(Queues.Concurrent, Count, _ => new NumberedTask { UntilFile = gate.Path });
        await Eventually.TrueAsync(() => scene.Journal.Executions(Queues.Concurrent).Count >= Queues.Concurrency, "all slots are busy");

        Task<TimeSpan> stop = leaving.StopAsync();
        // By then it has been told to stop. (The concurrent queue's own consumer counts for as long as it holds tasks.)
        await Eventually.EqualAsync<uint?>(
            0, () => client.ConsumersAsync($"{scene.Prefix}{Queues.Broadcast}@{leaving.Name}"), "consumers of the node's broadcast queue");
        gate.Open();
        TimeSpan took = await stop;

        output.WriteLine($"stop with {Queues.Concurrency} tasks: {took.TotalMilliseconds:0} ms");
        Assert.Equal(Queues.Concurrency, scene.Journal.Executions(Queues.Concurrent).Count);
        Assert.All(scene.Journal.Executions(Queues.Concurrent), execution => Assert.True(execution.IsCompleted, execution.ToString()));

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
        Gate gate = scene.NewGate();
        await scene.Publisher.AddNumberedAsync(queue, 1, _ => new NumberedTask { UntilFile = gate.Path });
        Execution first = await scene.UntilAsync(queue, _ => true, "the task runs");

        long asked = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        TimeSpan took = await scene.NodeOf(first).StopAsync();
        first = scene.Journal.Executions(queue)[0];
        TimeSpan aborted = TimeSpan.FromMilliseconds(first.End!.AtUnixMs - asked);
        output.WriteLine($"{queue}: aborted after {aborted.TotalMilliseconds:0} ms, left after {took.TotalMilliseconds:0} ms, with a grace of {grace.TotalMilliseconds:0} ms");
        Assert.True(first.IsAborted, first.ToString());
        Assert.True(aborted >= grace - TimeSpan.FromMilliseconds(20), $"aborted after {aborted}");
        Assert.True(took >= grace, $"left after {took}");

        gate.Open();
        await scene.UntilCompletedAsync(queue, 1);
        List<Execution> executions = scene.Journal.Executions(queue);
        Assert.Equal(2, executions.Count);
        Assert.NotEqual(first.Node, executions[1].Node);
        Assert.Equal(1, executions[1].Start.Attempt);
        Assert.Empty(scene.Invariants(queue).Overlaps);
        await scene.AssertDrainedAsync(queue);
    }
}

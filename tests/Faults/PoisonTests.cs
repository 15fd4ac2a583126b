using System.Diagnostics;
using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class PoisonTests(ITestOutputHelper output)
{
    // The second row once took 15 others into .failed: they never came to their end beside it, and counted as returned as often.
    [Theory]
    [InlineData(100, 10)]
    [InlineData(0, 500)]
    public async Task A_task_that_keeps_killing_its_node_ends_in_failed_and_all_others_are_executed(int poisonWorkMs, int otherWorkMs)
    {
        const int Others = 60, DeliveryLimit = 20;
        await using var scene = new Scene();
        (await scene.StartAsync("first")).Kill();

        // The third of the tasks crashes its node.
        const int Poison = 2;
        await scene.Publisher.AddNumberedAsync(Queues.Concurrent, Others, seq => seq == Poison
            ? new NumberedTask { WorkMs = poisonWorkMs, Crash = true }
            : new NumberedTask { WorkMs = otherWorkMs });

        await using RawClient client = await RawClient.ConnectAsync(scene.Broker);
        string parked = scene.Prefix + Queues.Concurrent + ".failed";
        long began = Stopwatch.GetTimestamp();
        int nodes = 0;
        WorkerNode node = scene.Launch("n0");
        await Eventually.TrueAsync(
            async () =>
            {
                if (node.HasExited)
                {
                    node = scene.Launch($"n{++nodes}");
                }

                return await client.CountAsync(parked) > 0;
            },
            "the task that kills its node is in .failed",
            5 * Eventually.Deadline);

        await scene.StartAsync("last");
        await Eventually.TrueAsync(() => scene.Invariants(Queues.Concurrent).Missing(Others) is [Poison], "all tasks but one completed");
        List<Execution> crashes = scene.Journal.Executions(Queues.Concurrent).FindAll(execution => execution.Seq == Poison);
        output.WriteLine($"poison: {crashes.Count} nodes died in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.Equal(DeliveryLimit + 1, crashes.Count);

        RawMessage failed = await client.ReceiveAsync(parked);
        Assert.Equal(crashes[0].Start.TaskId, failed.Properties.MessageId);
        await scene.AssertDrainedAsync(Queues.Concurrent);
    }
}

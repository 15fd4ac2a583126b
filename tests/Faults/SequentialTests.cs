using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class SequentialTests(ITestOutputHelper output)
{
    private const int Count = 300;

    [Fact]
    public async Task Nodes_killed_and_stopped_in_turn_neither_lose_nor_reorder_nor_overlap_the_tasks_of_a_sequential_queue()
    {
        await using var scene = new Scene();
        await scene.StartAsync("n0");
        await Task.WhenAll(scene.StartAsync("n1"), scene.StartAsync("n2"));
        await scene.Publisher.AddNumberedAsync(Queues.Sequential, Count, seq => new NumberedTask { WorkMs = 10 + (seq % 11) });

        var stops = new List<Task>();
        var leaving = new HashSet<string>();
        Task<WorkerNode> replacement = scene.StartAsync("n3");
        for (int round = 0; round < 10; round++)
        {
            // The next only when the last one's place is taken, so that there are always nodes to go on.
            await replacement;
            int started = Count * (round + 1) / 12;
            Execution running = await scene.UntilAsync(
                Queues.Sequential, execution => execution.Seq >= started && !leaving.Contains(execution.Node), $"task {started} started on a node that stays");

            WorkerNode active = scene.NodeOf(running);
            leaving.Add(active.Name);
            if (round % 2 == 0)
            {
                active.Kill();
            }
            else
            {
                stops.Add(active.StopAsync());
            }

            replacement = scene.StartAsync($"n{round + 4}");
        }

        await scene.UntilCompletedAsync(Queues.Sequential, Count);
        await Task.WhenAll(stops);
        await replacement;

        scene.Invariants(Queues.Sequential).AssertSequential(Count, output);
        await scene.AssertDrainedAsync(Queues.Sequential);
    }
}

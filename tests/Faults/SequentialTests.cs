using BrokerQueues.Faults.Tests.Stage;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class SequentialTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Nodes_killed_and_stopped_in_turn_neither_lose_nor_reorder_nor_overlap_the_tasks_of_a_sequential_queue()
    {
        const int Rounds = 10, PerRound = 30;
        await using var scene = new Scene();
        await scene.StartAsync("n0");
        await Task.WhenAll(scene.StartAsync("n1"), scene.StartAsync("n2"));

        var leaving = new HashSet<string>();
        var stops = new List<Task>();
        var replacements = new List<Task>();
        for (int round = 0; round < Rounds; round++)
        {
            // In portions, so that there is work at each kill however long a node takes to start; and one in the middle of each is held, so that the kill hits it.
            Gate gate = scene.NewGate();
            int held = (PerRound * round) + (PerRound / 2);
            await scene.Publisher.AddNumberedAsync(
                Queues.Sequential, PerRound, seq => new NumberedTask { WorkMs = 10 + (seq % 11), UntilFile = seq == held ? gate.Path : null });
            Execution running = await scene.UntilAsync(
                Queues.Sequential, execution => execution.Seq == held && execution.End is null && !leaving.Contains(execution.Node), $"task {held} started on a node that stays");

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

            gate.Open();
            await scene.UntilAsync(Queues.Sequential, execution => execution.Seq == held && execution.IsCompleted, $"task {held} completed");
            // Two are left; the one before the last must be back before the next one goes.
            replacements.Add(scene.StartAsync($"n{round + 3}"));
            await Task.WhenAll(replacements.SkipLast(1));
        }

        await scene.UntilCompletedAsync(Queues.Sequential, Rounds * PerRound);
        await Task.WhenAll(stops.Concat(replacements));

        scene.Invariants(Queues.Sequential).AssertSequential(Rounds * PerRound, output);
        Assert.NotEqual(0, scene.Invariants(Queues.Sequential).Cut);
        await scene.AssertDrainedAsync(Queues.Sequential);
    }
}

using BrokerQueues.Faults.Tests.Stage;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class ConcurrentTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Killed_nodes_lose_no_task_of_a_concurrent_queue_and_repeat_at_most_what_they_held()
    {
        const int Kills = 8, PerRound = 250;
        await using var scene = new Scene();
        await scene.StartAsync("n0");
        await scene.StartAsync("n1");

        var killed = new HashSet<string>();
        var replacements = new List<Task>();
        for (int round = 0; round < Kills; round++)
        {
            // In portions, so that there is work at each kill however long a node takes to start; and one of each is held, so that the kill hits it.
            Gate gate = scene.NewGate();
            int held = (round * PerRound) + (PerRound / 4);
            await scene.Publisher.AddNumberedAsync(Queues.Concurrent, PerRound, seq => new NumberedTask { WorkMs = 20, UntilFile = seq == held ? gate.Path : null });
            Execution running = await scene.UntilAsync(Queues.Concurrent, execution => execution.Seq == held && !killed.Contains(execution.Node), $"task {held} started on a living node");
            scene.NodeOf(running).Kill();
            killed.Add(running.Node);
            gate.Open();
            await scene.UntilAsync(Queues.Concurrent, execution => execution.Seq == held && execution.IsCompleted, $"task {held} completed");
            replacements.Add(scene.StartAsync($"n{round + 2}"));
            await Task.WhenAll(replacements.SkipLast(1));
        }

        const int Count = Kills * PerRound;
        await scene.UntilCompletedAsync(Queues.Concurrent, Count);
        await Task.WhenAll(replacements);

        Invariants figures = scene.Invariants(Queues.Concurrent);
        output.WriteLine($"concurrent: missing {figures.Missing(Count).Count}, {figures.Cut} cut, duplicates {figures.Duplicates} of {Count} at {Kills} kills with prefetch {Queues.Prefetch}");
        Assert.True(figures.Cut >= Kills, $"{figures.Cut} cut");
        Assert.Empty(figures.Missing(Count));
        Assert.InRange(figures.Duplicates, 0, Kills * Queues.Prefetch);
        await scene.AssertDrainedAsync(Queues.Concurrent);
    }
}

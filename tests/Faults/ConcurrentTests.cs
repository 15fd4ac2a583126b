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
            // In portions, so that there is work at each kill however long a node takes to start.
            await scene.Publisher.AddNumberedAsync(Queues.Concurrent, PerRound, _ => new NumberedTask { WorkMs = 20 });
            int first = round * PerRound;
            Execution running = await scene.UntilAsync(
                Queues.Concurrent, execution => execution.Seq >= first && !killed.Contains(execution.Node), $"a task of round {round} started on a living node");
            scene.NodeOf(running).Kill();
            killed.Add(running.Node);
            replacements.Add(scene.StartAsync($"n{round + 2}"));
            await Task.WhenAll(replacements.SkipLast(1));
        }

        const int Count = Kills * PerRound;
        await scene.UntilCompletedAsync(Queues.Concurrent, Count);
        await Task.WhenAll(replacements);

        Invariants figures = scene.Invariants(Queues.Concurrent);
        output.WriteLine($"concurrent: missing {figures.Missing(Count).Count}, duplicates {figures.Duplicates} of {Count} at {Kills} kills with prefetch {Queues.Prefetch}");
        Assert.Empty(figures.Missing(Count));
        Assert.InRange(figures.Duplicates, 0, Kills * Queues.Prefetch);
        await scene.AssertDrainedAsync(Queues.Concurrent);
    }
}

using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class OperatorTests(ITestOutputHelper output)
{
    /// <summary>
    /// A broker that closes a connection hands its tasks over in the same moment in which it tells the client, so for as long as
    /// the news takes the two run side by side; measured 8 to 30 ms. (What the older one commits then does not count.)
    /// </summary>
    private static readonly TimeSpan s_news = TimeSpan.FromMilliseconds(700);

    [Fact]
    public async Task Connections_closed_by_an_operator_cost_neither_a_task_nor_the_order()
    {
        const int Rounds = 5, Sequential = 30, Concurrent = 100;
        await using var scene = new Scene();
        await scene.StartAsync("a");
        await scene.StartAsync("b");

        int closed = 0;
        for (int round = 0; round < Rounds; round++)
        {
            await scene.Publisher.AddNumberedAsync(Queues.Sequential, Sequential, seq => new NumberedTask { WorkMs = seq % Sequential == 0 ? 2000 : 20 });
            await scene.Publisher.AddNumberedAsync(Queues.Concurrent, Concurrent, _ => new NumberedTask { WorkMs = 30 });
            int first = round * Sequential;
            await scene.UntilAsync(Queues.Sequential, execution => execution.Seq == first, $"the long task of round {round} runs");
            await Eventually.TrueAsync(
                async () =>
                {
                    int now = await scene.Management.CloseConnectionsAsync(scene.Prefix);
                    closed += now;
                    return now > 0;
                },
                "the broker lists the nodes' connections");
        }

        await scene.UntilCompletedAsync(Queues.Sequential, Rounds * Sequential);
        await scene.UntilCompletedAsync(Queues.Concurrent, Rounds * Concurrent);
        Invariants concurrent = scene.Invariants(Queues.Concurrent);
        output.WriteLine($"closed {closed} connections; concurrent: missing {concurrent.Missing(Rounds * Concurrent).Count}, duplicates {concurrent.Duplicates} of {Rounds * Concurrent}");
        scene.Invariants(Queues.Sequential).AssertSequential(Rounds * Sequential, output, s_news);
        await scene.AssertDrainedAsync(Queues.Sequential);
        await scene.AssertDrainedAsync(Queues.Concurrent);
    }
}

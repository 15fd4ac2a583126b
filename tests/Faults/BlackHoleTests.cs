using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class BlackHoleTests(ITestOutputHelper output)
{
    /// <summary>
    /// Every ten seconds from the opening of a connection the broker looks whether it has heard of it, and gives it up at the
    /// second look in vain. So a black hole just before a look leaves the node the least time: about 20 s. (Our own limit of
    /// two heartbeats was once counted from the next question and came up to 5 s late.)
    /// </summary>
    [Fact]
    public async Task A_cut_off_node_aborts_its_sequential_task_before_the_next_node_starts_it_and_comes_back_when_it_can()
    {
        const double SecondsAfterConnecting = 9.5;
        await using var scene = new Scene();
        await using var proxy = new TcpProxy(scene.Broker);
        WorkerNode cutOff = await scene.StartAsync("cutoff", uri: proxy.Uri);
        DateTimeOffset connected = proxy.LastConnectedAt!.Value;
        await scene.StartAsync("direct");
        Gate gate = scene.NewGate();
        await scene.Publisher.AddNumberedAsync(Queues.Sequential, 1, _ => new NumberedTask { UntilFile = gate.Path });
        await scene.UntilAsync(Queues.Sequential, execution => execution.Node == cutOff.Name, "the task runs on the node behind the proxy");

        await Eventually.TrueAsync(() => (DateTimeOffset.UtcNow - connected).TotalSeconds >= SecondsAfterConnecting, "the moment of the black hole");
        proxy.Freeze();
        long frozen = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Execution next = await scene.UntilAsync(Queues.Sequential, execution => execution.Node != cutOff.Name, "the next node has the task");
        Execution first = await scene.UntilAsync(Queues.Sequential, execution => execution.Node == cutOff.Name && execution.End is not null, "the cut-off execution ended");

        output.WriteLine($"black hole {SecondsAfterConnecting} s after connecting: aborted after {first.End!.AtUnixMs - frozen} ms, started elsewhere after {next.Start.AtUnixMs - frozen} ms");
        Assert.True(first.IsAborted, first.ToString());
        Assert.True(first.End.AtUnixMs < next.Start.AtUnixMs, $"{first} overlaps {next}");

        gate.Open();
        proxy.Thaw();
        await Eventually.TrueAsync(
            async () =>
            {
                await scene.Publisher.AddNumberedAsync(Queues.Concurrent, Queues.Prefetch, _ => new NumberedTask { WorkMs = 20 });
                return scene.Journal.Executions(Queues.Concurrent).Exists(execution => execution.Node == cutOff.Name);
            },
            "the node behind the proxy works again");
    }
}

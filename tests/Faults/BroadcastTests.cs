using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Faults.Tests;

public sealed class BroadcastTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_with_a_stable_id_that_comes_back_runs_once_what_was_broadcast_meanwhile(bool killed)
    {
        await using var scene = new Scene();
        await scene.StartAsync("present");
        WorkerNode away = await scene.StartAsync("away");
        await scene.Tasks.SendBroadcastAsync(Queues.Broadcast, Queues.Do, new NumberedTask { Seq = 1 });
        await UntilRunByAsync(scene, 1, "present", "away");

        if (killed)
        {
            // Or it would rightly run it again.
            await Eventually.TrueAsync(() => IsAcknowledgedAsync(scene), "the acknowledgement of the first broadcast has arrived");
            away.Kill();
        }
        else
        {
            await away.StopAsync();
        }

        await scene.Tasks.SendBroadcastAsync(Queues.Broadcast, Queues.Do, new NumberedTask { Seq = 2 });
        await UntilRunByAsync(scene, 2, "present");
        Assert.DoesNotContain(scene.Journal.Executions(Queues.Broadcast), execution => execution.Seq == 2 && execution.Node == scene.NodeId("away"));

        await scene.StartAsync("away");
        await UntilRunByAsync(scene, 2, "present", "away");

        // What is sent last comes last: by then a second run of the others would be in the journal.
        await scene.Tasks.SendBroadcastAsync(Queues.Broadcast, Queues.Do, new NumberedTask { Seq = 3 });
        await UntilRunByAsync(scene, 3, "present", "away");
        Assert.Equal(6, scene.Journal.Executions(Queues.Broadcast).Count);
    }

    private static Task UntilRunByAsync(Scene scene, long seq, params string[] nodes) => Eventually.TrueAsync(
        () => nodes.All(node => scene.Journal.Executions(Queues.Broadcast).Exists(execution => execution.Seq == seq && execution.Node == scene.NodeId(node) && execution.IsCompleted)),
        $"broadcast {seq} ran on {string.Join(" and ", nodes)}");

    // By the count of acknowledgements: how many messages there are the broker tells as of up to five seconds ago, and none may have come by then.
    private static async Task<bool> IsAcknowledgedAsync(Scene scene)
    {
        string queue = $"{scene.Prefix}{Queues.Broadcast}@{scene.NodeId("away")}";
        JToken state = await scene.Management.GetAsync($"queues/%2F/{Uri.EscapeDataString(queue)}");
        return (int?)state["message_stats"]?["ack"] == 1;
    }
}

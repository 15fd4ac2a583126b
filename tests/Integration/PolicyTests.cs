using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;

namespace BrokerQueues.Integration.Tests;

/// <summary>Policies of an operator that overrule what our queues are declared with.</summary>
public sealed class PolicyTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Theory]
    [InlineData("maxlen", "drop-head")]
    [InlineData("expired", "message-ttl")]
    public async Task A_task_that_a_policy_has_moved_tells_of_it_when_it_is_put_back(string reason, string told)
    {
        using var management = new ManagementApi();
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        object definition = reason == "maxlen"
            ? new Dictionary<string, object> { ["max-length"] = 1, ["overflow"] = "drop-head" }
            : new Dictionary<string, object> { ["message-ttl"] = 1 };
        await management.PutAsync($"policies/%2F/{Prefix}limit", new Dictionary<string, object> { ["pattern"] = $"^{Queue(QueueId)}$", ["apply-to"] = "queues", ["definition"] = definition });
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
                    return await Raw.CountAsync(Names.Failed(QueueId)) > 0;
                },
                "the policy to move a task that its publisher believes to wait");
        }
        finally
        {
            await management.DeleteAsync($"policies/%2F/{Prefix}limit");
        }

        RawMessage moved = await Raw.ReceiveAsync(Names.Failed(QueueId));
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        await Raw.PublishAsync(Queue(QueueId), moved.Properties, moved.Body);

        await Eventually.TrueAsync(() => node.Log.Contains(told), "the policy to be told");
        await Eventually.TrueAsync(() => node.Runs.Any(run => run.TaskId.ToString() == moved.Properties.MessageId), "the task to run all the same");
        await StopAsync(node);
    }
}

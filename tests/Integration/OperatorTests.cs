using BrokerQueues.TestKit;
using Newtonsoft.Json.Linq;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>What an operator does in the management UI.</summary>
public sealed class OperatorTests : BrokerTest
{
    [Fact]
    public async Task Thirty_looks_at_a_parked_task_keep_it_and_its_place()
    {
        using var management = new ManagementApi();
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (_, _) => Task.FromResult(Result.Fatal);
        string parking = Names.Fatal(ConcurrentProcessors.QueueId);
        TaskId first = await Tasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType);
        await Eventually.EqualAsync<uint?>(1, () => Raw.CountAsync(parking), "the first task to be parked");
        await Tasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType);
        await Eventually.EqualAsync<uint?>(2, () => Raw.CountAsync(parking), "the second task to be parked");

        for (int look = 0; look < 30; look++)
        {
            JToken seen = await management.LookAsync(parking, 1);
            Assert.Equal(first.Value, (string?)seen[0]?["properties"]?["message_id"]);
        }

        await Eventually.EqualAsync<uint?>(2, () => Raw.CountAsync(parking), "both tasks to be there");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_task_that_the_broker_gave_up_on_lies_in_failed_and_runs_when_moved_back(bool byPolicy)
    {
        // The queue's own limit is 3; of an argument and a policy the smaller counts.
        using var management = new ManagementApi();
        int limit = byPolicy ? 1 : 3;
        TestNode node = await StartNodeAsync<FragileProcessors>("a");
        string queue = Queue(FragileProcessors.QueueId);
        string parking = Names.Failed(FragileProcessors.QueueId);
        if (byPolicy)
        {
            await management.PutAsync($"policies/%2F/{Prefix}limit", new { pattern = $"^{queue}$", definition = new Dictionary<string, int> { ["delivery-limit"] = limit } });
            await Eventually.TrueAsync(async () => (string?)(await management.GetAsync($"queues/%2F/{queue}"))["policy"] is { Length: > 0 }, "the policy to apply");
        }

        bool poisonous = true;
        node.Script.OnRun = async (_, cancellationToken) =>
        {
            await Task.Delay(poisonous ? Timeout.Infinite : 0, cancellationToken);
            return Result.Complete;
        };
        TaskId id = await Tasks.AddTaskAsync(FragileProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = 6 });
        for (int crash = 1; crash <= limit + 1; crash++)
        {
            await node.HasRunAsync(crash);
            await Eventually.TrueAsync(async () => await management.CloseConnectionsAsync($"{Prefix}a") > 0, "the connection to be listed and closed");
        }

        RawMessage parked = await Raw.ReceiveAsync(parking);
        Assert.Equal(id.Value, parked.Properties.MessageId);
        Assert.NotNull(parked.Properties.Headers!["x-death"]);
        if (byPolicy)
        {
            await management.DeleteAsync($"policies/%2F/{Prefix}limit");
        }

        poisonous = false;
        await Raw.PublishAsync(queue, parked.Properties, parked.Body);

        await node.HasRunAsync(limit + 2);
        Run last = node.Runs[^1];
        Assert.Equal((id, 6, 1, 1), (last.TaskId, last.Number, last.Attempt, last.Redrives));
    }
}

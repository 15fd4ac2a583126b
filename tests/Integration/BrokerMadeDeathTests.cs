using BrokerQueues.TestKit;
using RabbitMQ.Client;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>What a task counts that the broker itself has dead-lettered, and that an operator puts back.</summary>
public sealed class BrokerMadeDeathTests : BrokerTest
{
    private string QueueName => Queue(ConcurrentProcessors.QueueId);

    private string Parking => Names.Failed(ConcurrentProcessors.QueueId);

    [Fact]
    public async Task A_task_that_expired_keeps_its_attempt()
    {
        await DeclareAsync();
        await WithPolicyAsync("message-ttl", 1, () => PublishAsync("a"));

        Assert.Equal(("expired", 4, 0), await PutBackAsync("a"));
    }

    [Fact]
    public async Task A_task_with_an_expiration_of_its_own_keeps_its_attempt()
    {
        await DeclareAsync();
        await PublishAsync("a", properties => properties.Expiration = "1");

        Assert.Equal(("expired", 4, 0), await PutBackAsync("a"));
    }

    [Fact]
    public async Task A_task_that_a_length_limit_pushed_out_keeps_its_attempt()
    {
        await DeclareAsync();
        await WithPolicyAsync("max-length", 1, async () =>
        {
            await PublishAsync("a");
            await PublishAsync("b");
        });

        Assert.Equal(("maxlen", 4, 0), await PutBackAsync("a"));
    }

    [Fact]
    public async Task A_task_that_was_rejected_starts_again()
    {
        await DeclareAsync();
        await PublishAsync("a");
        await TakeAsync(requeue: false);

        Assert.Equal(("rejected", 1, 1), await PutBackAsync("a"));
    }

    [Fact]
    public async Task A_task_that_came_back_too_often_starts_again()
    {
        await DeclareAsync();
        await PublishAsync("a");
        await WithPolicyAsync("delivery-limit", 1, async () =>
        {
            for (int look = 0; look < 2; look++)
            {
                await TakeAsync(requeue: true);
            }
        });

        Assert.Equal(("delivery_limit", 1, 1), await PutBackAsync("a"));
    }

    /// <summary>Leaves the queue behind without a consumer, as a deployment does.</summary>
    private async Task DeclareAsync()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        await node.Host.StopAsync();
        await Eventually.EqualAsync<uint?>(0, () => Raw.ConsumersAsync(QueueName), "the node to have left");
    }

    private Task PublishAsync(string id, Action<BasicProperties>? change = null)
    {
        BasicProperties properties = RawClient.TaskProperties(Scripted.TaskType, id);
        properties.Headers!["bq-attempt"] = 4;
        change?.Invoke(properties);
        return Raw.PublishAsync(QueueName, properties, "{}"u8.ToArray());
    }

    private async Task TakeAsync(bool requeue)
    {
        await using IChannel channel = await Raw.Connection.CreateChannelAsync();
        BasicGetResult? taken = null;
        await Eventually.TrueAsync(async () => (taken = await channel.BasicGetAsync(QueueName, autoAck: false)) is not null, "the task to be ready");

        // Not by nack: 4.3 counts a return towards the limit only where the consumer has failed.
        await (requeue ? channel.CloseAsync() : channel.BasicNackAsync(taken!.DeliveryTag, multiple: false, requeue: false).AsTask());
    }

    private async Task WithPolicyAsync(string limit, int value, Func<Task> whileItApplies)
    {
        using var management = new ManagementApi();
        string policy = $"policies/%2F/{Prefix}limit";
        var definition = new Dictionary<string, object> { [limit] = value };
        if (limit == "max-length")
        {
            // The queue asks for reject-publish; a policy overrules it.
            definition["overflow"] = "drop-head";
        }

        await management.PutAsync(policy, new { pattern = $"^{QueueName}$", definition, priority = 100 });
        await Eventually.TrueAsync(
            async () => (string?)(await management.GetAsync($"queues/%2F/{QueueName}"))["policy"] is { Length: > 0 }, "the policy to apply");
        await whileItApplies();
        await Eventually.EqualAsync<uint?>(1, () => Raw.CountAsync(Parking), "the broker to give the task up");
        await management.DeleteAsync(policy);
        await Eventually.TrueAsync(
            async () => (string?)(await management.GetAsync($"queues/%2F/{QueueName}"))["policy"] is null or "", "the policy to be gone");
    }

    /// <summary>Moves the parked task as the management UI does, headers and all, and tells how it runs.</summary>
    private async Task<(string? Reason, int Attempt, int Redrives)> PutBackAsync(string id)
    {
        RawMessage parked = await Raw.ReceiveAsync(Parking);
        Assert.Equal(id, parked.Properties.MessageId);
        await Raw.PublishAsync(QueueName, parked.Properties, parked.Body);

        TestNode node = await StartNodeAsync<ConcurrentProcessors>(onRun: (_, _) => Task.FromResult(Result.Complete));
        await Eventually.TrueAsync(() => Task.FromResult(node.Runs.Any(run => run.TaskId.Value == id)), "the task to run");
        Run run = node.Runs.Single(run => run.TaskId.Value == id);
        return (parked.Header("x-first-death-reason"), run.Attempt, run.Redrives);
    }
}

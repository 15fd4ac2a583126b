using BrokerQueues.Broker;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using RabbitMQ.Client;

namespace BrokerQueues.Integration.Tests;

/// <summary>What a running node does about its exchanges, queues and bindings: nothing, unless something is missing.</summary>
public sealed class TopologyRepairTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    private static bool IsOld => TestBroker.Shared.Line is "3.10";

    [Fact]
    public async Task A_reconnect_consumes_again_and_makes_no_binding_that_it_need_not()
    {
        await using var proxy = new TcpProxy(TestBroker.Shared.Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a", options => options.Uri = proxy.Uri);
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);

        var sent = new AmqpMethodCounter();
        proxy.Sent = sent;
        proxy.Reset();
        TaskId second = await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);

        // The first may run again: its acknowledgement may have gone down with the connection.
        await Eventually.TrueAsync(() => node.Runs.Any(run => run.TaskId == second), "the second task to run");

        // All is compared beside it: two channels' worth of looks and a declaration of each object, the last of them seen here.
        TopologyPart shared = TaskQueueTopology.Shared(new QueueDefinition { QueueId = QueueId }, Names);
        int queues = shared.Queues.Count + DelayLadder.Topology(Names).Queues.Count;
        await Eventually.TrueAsync(() => sent.QueueDeclares >= 2 * queues, "what stands on the broker to be looked at and compared");
        await StopAsync(node);
        if (!IsOld)
        {
            Assert.Equal((0, 0), (sent.QueueBinds, sent.ExchangeBinds));
        }
    }

    [Fact]
    public async Task The_renewal_of_an_idle_queue_makes_no_binding_where_the_broker_tells_of_deletions()
    {
        await using var proxy = new TcpProxy(TestBroker.Shared.Uri);
        var sent = new AmqpMethodCounter();
        proxy.Sent = sent;
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a", options => (options.Uri, options.Heartbeat) = (proxy.Uri, TimeSpan.FromSeconds(1)));
        int binds = sent.QueueBinds;

        await Eventually.TrueAsync(() => sent.Consumes >= 2, "an idle queue to be consumed anew");

        await StopAsync(node);
        Assert.Equal(IsOld, sent.QueueBinds > binds);
    }

    [Fact]
    public async Task A_queue_made_anew_by_hand_gets_its_bindings_back()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a", options => options.Heartbeat = TimeSpan.FromSeconds(1));
        QueueSpec spec = TaskQueueTopology.Shared(new QueueDefinition { QueueId = QueueId }, Names).Queues.Single(queue => queue.Name == Queue(QueueId));
        await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
        {
            await channel.QueueDeleteAsync(spec.Name);
            await channel.QueueDeclareAsync(spec.Name, durable: true, exclusive: false, autoDelete: false, spec.Arguments.ToDictionary());
        }

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
                    return true;
                }
                catch (TaskQueueNotFoundException)
                {
                    return false;
                }
            },
            "the queue to be bound again");
        await node.HasRunAsync(1);
        await StopAsync(node);
    }

    [Fact]
    public async Task What_was_deleted_while_the_node_was_away_is_declared_with_its_bindings_and_told()
    {
        await using var proxy = new TcpProxy(TestBroker.Shared.Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a", options => options.Uri = proxy.Uri);
        proxy.Freeze();
        await Raw.DeleteQueueAsync(Queue(QueueId));
        await Raw.DeleteQueueAsync(Names.Fatal(QueueId));
        proxy.Reset();
        proxy.Thaw();

        await Eventually.TrueAsync(async () => await Raw.ConsumersAsync(Queue(QueueId)) == 1, "the queue to be there and consumed");
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
        await Eventually.TrueAsync(() => node.Log.Contains($"Missing on the broker and declared again, with its bindings"), "it to be told");
        Assert.True(node.Log.Contains($"queue '{Queue(QueueId)}'"));
        await Eventually.TrueAsync(async () => await Raw.CountAsync(Names.Fatal(QueueId)) == 0, "the parking queue to be there");
        await Raw.PublishAsync(Names.Fatal(QueueId), RawClient.TaskProperties("Do"), [], exchange: Queue(QueueId));
        await Eventually.TrueAsync(async () => await Raw.CountAsync(Names.Fatal(QueueId)) == 1, "it to be bound");
        await StopAsync(node);
    }

    [Fact]
    public async Task What_differs_since_the_start_is_told_after_a_reconnect_and_consumed_all_the_same()
    {
        await using var proxy = new TcpProxy(TestBroker.Shared.Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a", options => options.Uri = proxy.Uri);
        await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
        {
            await channel.QueueDeleteAsync(Names.Fatal(QueueId));
            await channel.QueueDeclareAsync(Names.Fatal(QueueId), durable: true, exclusive: false, autoDelete: false);
        }

        proxy.Reset();
        await Eventually.TrueAsync(() => node.Log.Contains("it goes on consuming"), "the difference to be told");
        Assert.True(node.Log.Contains($"queue '{Names.Fatal(QueueId)}'"));
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
        await StopAsync(node);
    }
}

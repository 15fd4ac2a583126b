using BrokerQueues.Broker;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using RabbitMQ.Client;

namespace BrokerQueues.Integration.Tests;

public sealed class TopologyTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task Every_difference_is_named_with_the_command_that_removes_it_and_nothing_is_declared()
    {
        await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
        {
            await channel.ExchangeDeclareAsync(Queue(QueueId), "fanout", durable: true);
            await channel.QueueDeclareAsync(Queue(QueueId), durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>
            {
                ["x-queue-type"] = "quorum",
                ["x-delivery-limit"] = 7,
                ["x-dead-letter-exchange"] = "elsewhere",
                ["x-single-active-consumer"] = true,
            });
        }

        TopologyException exception = await Assert.ThrowsAsync<TopologyException>(() => StartNodeAsync<ConcurrentProcessors>());

        Assert.Contains(new TopologyDifference($"exchange '{Queue(QueueId)}'", "type", "direct", "fanout"), exception.Differences);
        Assert.Contains(new TopologyDifference($"queue '{Queue(QueueId)}'", "x-delivery-limit", "20", "7"), exception.Differences);
        Assert.Contains(new TopologyDifference($"queue '{Queue(QueueId)}'", "x-dead-letter-exchange", Queue(QueueId), "elsewhere"), exception.Differences);
        Assert.Contains(new TopologyDifference($"queue '{Queue(QueueId)}'", "x-single-active-consumer", "not set", "true"), exception.Differences);
        Assert.Contains("x-overflow is not set, declared reject-publish", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"rabbitmqctl -p '/' delete_queue '{Queue(QueueId)}'", exception.Message, StringComparison.Ordinal);
        Assert.Null(await Raw.CountAsync(Names.Failed(QueueId)));
        Assert.Null(await Raw.CountAsync(Names.Undeliverable));

        // The advice works as it is printed.
        TestBroker.Shared.Control("-p", "/", "delete_queue", Queue(QueueId));
        await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
        {
            await channel.ExchangeDeleteAsync(Queue(QueueId));
        }

        await StartNodeAsync<ConcurrentProcessors>();
    }

    [Theory]
    [InlineData("x-delivery-limit", 19)]
    [InlineData("x-dead-letter-routing-key", "other")]
    [InlineData("x-dead-letter-strategy", "at-most-once")]
    [InlineData("x-overflow", "drop-head")]
    [InlineData("x-queue-type", "classic")]
    public async Task Each_argument_that_differs_is_found(string argument, object value)
    {
        QueueSpec spec = TaskQueueTopology.Shared(new QueueDefinition { QueueId = QueueId }, Names).Queues.Single(queue => queue.Name == Queue(QueueId));
        Dictionary<string, object?> arguments = argument == "x-queue-type" ? new() { ["x-dead-letter-exchange"] = spec.Name } : spec.Arguments.ToDictionary();
        arguments[argument] = value;
        if (argument is "x-overflow")
        {
            // At-least-once needs reject-publish.
            arguments["x-dead-letter-strategy"] = "at-most-once";
        }

        await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
        {
            await channel.QueueDeclareAsync(spec.Name, durable: true, exclusive: false, autoDelete: false, arguments);
        }

        TopologyException exception = await Assert.ThrowsAsync<TopologyException>(() => StartNodeAsync<ConcurrentProcessors>());

        Assert.Contains(exception.Differences, difference => difference.ObjectName == $"queue '{spec.Name}'" &&
            (difference.Argument == argument || argument == "x-queue-type") && difference.Declared != difference.Existing);
    }

    [Fact]
    public async Task An_account_that_may_not_configure_is_told_and_works_where_others_have_declared()
    {
        using var management = new ManagementApi();
        string user = $"{Prefix}worker";
        await management.PutAsync($"users/{user}", new { password = "secret", tags = "" });
        await management.PutAsync($"permissions/%2F/{user}", new { configure = "^$", write = ".*", read = ".*" });
        void AsWorker(BrokerQueuesOptions options) => options.Uri = new UriBuilder(TestBroker.Shared.Uri) { UserName = user, Password = "secret" }.Uri;
        void WithoutDeclaring(BrokerQueuesOptions options)
        {
            AsWorker(options);
            options.DeclareTopology = false;
        }

        try
        {
            BrokerPermissionException refused = await Assert.ThrowsAsync<BrokerPermissionException>(() => StartNodeAsync<ConcurrentProcessors>(broker: AsWorker));
            Assert.Contains("set DeclareTopology to false", refused.Message, StringComparison.Ordinal);

            TopologyException missing = await Assert.ThrowsAsync<TopologyException>(() => StartNodeAsync<ConcurrentProcessors>(broker: WithoutDeclaring));
            Assert.Contains($"queue '{Queue(QueueId)}'", missing.Missing);
            Assert.Null(await Raw.CountAsync(Queue(QueueId)));

            await DeclareAsync(new QueueDefinition { QueueId = QueueId });
            TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: WithoutDeclaring);
            await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
            await node.HasRunAsync(1);
            await StopAsync(node);
        }
        finally
        {
            await management.DeleteAsync($"users/{user}");
        }
    }

    [Fact]
    public async Task A_publisher_needs_write_permission_to_its_queues_exchange_alone()
    {
        using var management = new ManagementApi();
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        await DeclareAsync(new QueueDefinition { QueueId = "other" });
        string user = $"{Prefix}publisher";
        await management.PutAsync($"users/{user}", new { password = "secret", tags = "" });
        await management.PutAsync($"permissions/%2F/{user}", new { configure = "^$", write = $"^{Queue(QueueId)}$", read = "^$" });
        try
        {
            using Microsoft.Extensions.Hosting.IHost host = CreateHost(
                options => options.Uri = new UriBuilder(TestBroker.Shared.Uri) { UserName = user, Password = "secret" }.Uri, null, new LogSink());
            var tasks = (ITaskManager)host.Services.GetService(typeof(ITaskManager))!;

            await tasks.AddTaskAsync(QueueId, Scripted.TaskType);
            TaskPublishException refused = await Assert.ThrowsAsync<TaskPublishException>(() => tasks.AddTaskAsync("other", Scripted.TaskType));
            await tasks.AddTaskAsync(QueueId, Scripted.TaskType);

            Assert.Contains("ACCESS_REFUSED", refused.Message, StringComparison.Ordinal);
            Assert.Equal(2u, await Raw.CountAsync(Queue(QueueId)));
        }
        finally
        {
            await management.DeleteAsync($"users/{user}");
        }
    }
}

using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace BrokerQueues.Integration.Tests;

/// <summary>A publisher is told what is missing, by its name, and what to do.</summary>
public sealed class PublishRefusalTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task A_queue_made_again_by_hand_without_its_binding_is_told_apart_from_one_that_is_not_there()
    {
        var queue = new QueueDefinition { QueueId = QueueId };
        string name = Queue(QueueId);
        await DeclareAsync(queue);
        QueueSpec spec = TaskQueueTopology.Shared(queue, Names).Queues.Single(candidate => candidate.Name == name);
        await using IChannel channel = await Raw.Connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(name);

        TaskQueueNotFoundException missing = await Assert.ThrowsAsync<TaskQueueNotFoundException>(() => Tasks.AddTaskAsync(QueueId, Scripted.TaskType));
        Assert.Contains($"the broker has no task queue '{QueueId}'", missing.Message, StringComparison.Ordinal);

        await channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, spec.Arguments.ToDictionary());
        Task<TaskId>[] publishes = [.. Enumerable.Range(0, 50).Select(_ => Tasks.AddTaskAsync(QueueId, Scripted.TaskType))];
        foreach (Task<TaskId> publish in publishes)
        {
            TaskQueueNotFoundException unbound = await Assert.ThrowsAsync<TaskQueueNotFoundException>(() => publish);
            Assert.Contains($"queue '{name}' stands on the broker, but has no binding to exchange '{name}' with routing key '{name}'", unbound.Message, StringComparison.Ordinal);
        }

        await channel.QueueBindAsync(name, name, name);
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        Assert.Equal(1u, await Raw.CountAsync(name));
    }

    [Theory]
    [InlineData("^$", false)]
    [InlineData(".*", false)]
    [InlineData("^$", true)]
    [InlineData(".*", true)]
    public async Task A_publisher_without_write_permission_is_told_that_and_on_which_exchange(string read, bool delayed)
    {
        using var management = new ManagementApi();
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        string user = $"{Prefix}reader";
        await management.PutAsync($"users/{user}", new { password = "secret", tags = "" });
        await management.PutAsync($"permissions/%2F/{user}", new { configure = "^$", write = "^$", read });
        try
        {
            using IHost host = CreateHost(options => options.Uri = new UriBuilder(Uri) { UserName = user, Password = "secret" }.Uri, null, new LogSink());
            ITaskManager tasks = host.Services.GetRequiredService<ITaskManager>();

            var options = new AddTaskOptions { Delay = delayed ? TimeSpan.FromMinutes(1) : null };
            TaskPublishException refused = await Assert.ThrowsAsync<TaskPublishException>(() => tasks.AddTaskAsync(QueueId, Scripted.TaskType, options: options));

            string exchange = delayed ? $"{Prefix}bq.delay" : $"{Queue(QueueId)}'";
            Assert.Contains($"account '{user}' lacks the permission 'write' on exchange '{exchange}", refused.Message, StringComparison.Ordinal);
            Assert.Contains("set_permissions", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            await management.DeleteAsync($"users/{user}");
        }
    }
}

using BrokerQueues.Broker;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;

namespace BrokerQueues.Integration.Tests;

/// <summary>What an account lacks ends the start, by its name and with the command that grants it.</summary>
public sealed class PermissionTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    private string User => $"{Prefix}worker";

    private async Task<Action<BrokerQueuesOptions>> AccountAsync(ManagementApi management, string configure, string write, string read, bool declare)
    {
        await management.PutAsync($"users/{User}", new { password = "secret", tags = "" });
        await management.PutAsync($"permissions/%2F/{User}", new { configure, write, read });
        return options =>
        {
            options.Uri = new UriBuilder(TestBroker.Shared.Uri) { UserName = User, Password = "secret" }.Uri;
            options.DeclareTopology = declare;
        };
    }

    [Theory]
    [InlineData("^$", ".*", ".*", true, "configure")]
    [InlineData(".*", "^$", ".*", true, "write")]
    [InlineData(".*", ".*", "^$", true, "read")]
    [InlineData("^$", "^$", ".*", false, "write")]
    [InlineData("^$", ".*", "^$", false, "read")]
    public async Task A_permission_that_is_missing_ends_the_start(string configure, string write, string read, bool declare, string told)
    {
        using var management = new ManagementApi();
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        Action<BrokerQueuesOptions> asWorker = await AccountAsync(management, configure, write, read, declare);
        try
        {
            BrokerPermissionException refused = await Assert.ThrowsAsync<BrokerPermissionException>(() => StartNodeAsync<ConcurrentProcessors>(broker: asWorker));

            Assert.All(refused.Missing, missing => Assert.Contains(told, missing.Permission, StringComparison.Ordinal));
            Assert.Contains($"rabbitmqctl set_permissions -p '/' '{User}' '", refused.Message, StringComparison.Ordinal);

            // The command works as it is printed.
            string command = refused.Message.Split('\n').Single(line => line.Contains("rabbitmqctl", StringComparison.Ordinal)).Trim();
            TestBroker.Shared.Control([.. command["rabbitmqctl ".Length..].Split(' ').Select(argument => argument.Trim('\''))]);
            TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: asWorker);
            node.Script.OnRun = (_, _) => Task.FromResult(TaskProcessingJobResult.Fatal);
            await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
            await Eventually.TrueAsync(async () => await Raw.CountAsync(Names.Fatal(QueueId)) == 1, "the task to be parked");
            await StopAsync(node);
        }
        finally
        {
            await management.DeleteAsync($"users/{User}");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("b")]
    public async Task A_listener_hears_broadcasts_with_leave_to_declare_nothing_but_its_own_queue(string? nodeId)
    {
        using var management = new ManagementApi();
        await DeclareAsync(new QueueDefinition { QueueId = BroadcastProcessors.QueueId, Behavior = TaskQueueBehavior.Broadcast });
        string name = System.Text.RegularExpressions.Regex.Escape(Queue(BroadcastProcessors.QueueId));
        string prefix = System.Text.RegularExpressions.Regex.Escape(Prefix);
        Action<BrokerQueuesOptions> asListener = await AccountAsync(management, $"^{name}@", $"^{name}@", $"^({name}|{prefix}bq\\.)", declare: false);
        try
        {
            TestNode node = await StartNodeAsync<BroadcastProcessors>(nodeId, asListener);
            await Tasks.SendBroadcastAsync(BroadcastProcessors.QueueId, Scripted.TaskType);
            await node.HasRunAsync(1);
            Assert.True(node.Log.Contains("is declared all the same"));
            await StopAsync(node);
        }
        finally
        {
            await management.DeleteAsync($"users/{User}");
        }
    }

    [Fact]
    public async Task A_listener_that_may_not_declare_its_own_queue_is_told_so()
    {
        using var management = new ManagementApi();
        await DeclareAsync(new QueueDefinition { QueueId = BroadcastProcessors.QueueId, Behavior = TaskQueueBehavior.Broadcast });
        Action<BrokerQueuesOptions> asListener = await AccountAsync(management, "^$", ".*", ".*", declare: false);
        try
        {
            BrokerPermissionException refused = await Assert.ThrowsAsync<BrokerPermissionException>(() => StartNodeAsync<BroadcastProcessors>("b", asListener));
            Assert.Contains(refused.Missing, missing =>
                missing.Permission.StartsWith("configure", StringComparison.Ordinal) && missing.ObjectName == $"queue '{Names.BroadcastQueue(BroadcastProcessors.QueueId, "b")}'");
            Assert.Contains("nobody else can declare it beforehand", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            await management.DeleteAsync($"users/{User}");
        }
    }
}

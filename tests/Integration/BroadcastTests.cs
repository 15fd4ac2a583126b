using BrokerQueues.TestKit;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>The column 'broadcast' of the result table.</summary>
public sealed class BroadcastTests : BrokerTest
{
    private const string QueueId = BroadcastProcessors.QueueId;

    [Fact]
    public async Task Every_node_runs_a_broadcast_once_with_and_without_a_stable_name()
    {
        TestNode stable = await StartNodeAsync<BroadcastProcessors>("a");
        TestNode passing = await StartNodeAsync<BroadcastProcessors>();

        TaskId id = await Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 3 });

        await stable.HasRunAsync(1);
        await passing.HasRunAsync(1);
        Assert.Equal(id, stable.Runs[0].TaskId);
        Assert.Equal(id, passing.Runs[0].TaskId);
    }

    [Fact]
    public async Task Two_nodes_under_one_name_are_told_that_each_broadcast_reaches_only_one()
    {
        TestNode first = await StartNodeAsync<BroadcastProcessors>("a", options => options.Heartbeat = TimeSpan.FromSeconds(1));
        await StartNodeAsync<BroadcastProcessors>("a", options => options.Heartbeat = TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => first.Log.Contains("another node runs under the same NodeId"), "the shared name to be logged");
    }

    [Theory]
    [InlineData(Result.Fail)]
    [InlineData(Result.Fatal)]
    [InlineData(Result.Requeue)]
    [InlineData(Result.Abort)]
    public async Task A_failed_broadcast_is_logged_and_not_tried_again(Result result)
    {
        TestNode node = await StartNodeAsync<BroadcastProcessors>("a");
        node.Script.OnRun = (job, _) => Task.FromResult(job.Directive.Number == 1 ? result : Result.Complete);

        await Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 });
        await Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 2 });

        await node.HasRunAsync(2);
        await Eventually.TrueAsync(() => node.Log.Contains($"{result} on this node"), "the failure to be logged");
        await StopAsync(node);
        Assert.Equal(0u, await Raw.CountAsync(Names.BroadcastQueue(QueueId, "a")));
        Assert.Equal([1, 2], node.Runs.Select(run => run.Number));
    }

    [Fact]
    public async Task A_retried_broadcast_runs_again_in_place_and_then_counts_as_failed()
    {
        TestNode node = await StartNodeAsync<BroadcastProcessors>();
        node.Script.OnRun = (_, _) => Task.FromResult(Result.Retry);

        await Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, new ScriptDirective());

        await Eventually.TrueAsync(() => node.Log.Contains("Fail on this node"), "the failure to be logged");
        Assert.True(node.Log.Contains("The processor returned Retry 4 times (MaxRetries 3), which counts as Fail."));
        Assert.Equal([0, 1, 2, 3], node.Runs.Select(run => run.RetryCount));
    }

    [Fact]
    public async Task A_broadcast_that_cannot_be_understood_is_logged_and_stops_nothing()
    {
        TestNode node = await StartNodeAsync<BroadcastProcessors>();

        await Raw.PublishAsync(Queue(QueueId), Scripted.TaskType, "{ not json");
        await Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 2 });

        await node.HasRunAsync(1);
        Assert.True(node.Log.Contains("is not the JSON of ScriptDirective"));
    }

    [Fact]
    public async Task A_node_with_a_stable_name_gets_what_was_sent_while_it_was_away()
    {
        TestNode before = await StartNodeAsync<BroadcastProcessors>("a");
        await StopAsync(before);
        await Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 });

        TestNode after = await StartNodeAsync<BroadcastProcessors>("a");

        await after.HasRunAsync(1);
        Assert.Empty(before.Runs);
    }

    [Fact]
    public async Task A_node_without_a_stable_name_says_what_it_may_have_missed_and_leaves_no_queue_behind()
    {
        TestNode node = await StartNodeAsync<BroadcastProcessors>(broker: options => options.ApplicationName = Prefix + "passing");
        using var management = new ManagementApi();
        int closed = 0;
        await Eventually.TrueAsync(async () => (closed += await management.CloseConnectionsAsync(Prefix + "passing")) > 0, "the connection to be listed");

        await Eventually.TrueAsync(() => node.Log.Contains("did not reach this node"), "the gap to be logged");
        await Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 });
        await node.HasRunAsync(1);

        string queue = node.Log.Lines.Single(line => line.Contains("did not reach", StringComparison.Ordinal)).Split("Broadcasts of ")[1].Split(' ')[0];
        await StopAsync(node);
        await Eventually.TrueAsync(async () => await Raw.CountAsync(queue) is null, "its queue to be gone");
    }

    [Fact]
    public async Task No_listener_is_no_error_and_a_delay_is()
    {
        TestNode node = await StartNodeAsync<BroadcastProcessors>();
        await StopAsync(node);

        await Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType);
        await Assert.ThrowsAsync<ArgumentException>(() => Tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, null, new AddTaskOptions { Delay = TimeSpan.FromSeconds(1) }));
        TaskQueueNotFoundException unknown = await Assert.ThrowsAsync<TaskQueueNotFoundException>(() => Tasks.SendBroadcastAsync("never.declared", Scripted.TaskType));
        Assert.Contains("never.declared", unknown.Message, StringComparison.Ordinal);
    }
}

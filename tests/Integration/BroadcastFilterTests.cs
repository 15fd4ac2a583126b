using BrokerQueues.TestKit;

namespace BrokerQueues.Integration.Tests;

/// <summary>Broadcasts that their sender does not run. A sender is a node: by its stable name, or by the one that it makes up.</summary>
public sealed class BroadcastFilterTests : BrokerTest
{
    private const string QueueId = OthersProcessors.QueueId;

    [Fact]
    public async Task A_node_runs_what_the_others_sent_and_not_what_it_sent_itself()
    {
        TestNode stable = await StartNodeAsync<OthersProcessors>("a");
        TestNode passing = await StartNodeAsync<OthersProcessors>();
        TestNode second = await StartNodeAsync<OthersProcessors>();

        await SendAsync(TasksOf(stable), 1);
        await SendAsync(TasksOf(passing), 2);

        // A publisher is a node of its own, and one of another language says no sender.
        await SendAsync(Tasks, 3);
        await Raw.PublishAsync(Queue(QueueId), Scripted.TaskType, """{ "Number": 4 }""");

        await RunAsync(stable, [2, 3, 4]);
        await RunAsync(passing, [1, 3, 4]);
        await RunAsync(second, [1, 2, 3, 4]);
    }

    [Fact]
    public async Task What_a_processor_sends_is_sent_by_its_node()
    {
        TestNode first = await StartNodeAsync<OthersProcessors>("a");
        TestNode second = await StartNodeAsync<OthersProcessors>("b");
        first.Script.OnRun = async (job, _) =>
        {
            if (job.Directive.Number == 1)
            {
                await SendAsync(TasksOf(first), 2);
            }

            return TaskProcessingJobResult.Complete;
        };

        await SendAsync(Tasks, 1);

        await RunAsync(second, [1, 2]);
        await SendAsync(Tasks, 3);
        await RunAsync(first, [1, 3]);
    }

    [Fact]
    public async Task A_node_with_a_stable_name_is_the_sender_after_its_restart_too()
    {
        TestNode before = await StartNodeAsync<OthersProcessors>("a");
        await StopAsync(before);
        using Microsoft.Extensions.Hosting.IHost publisher = CreateHost(options => options.NodeId = "a", null, new LogSink());
        await SendAsync((ITaskManager)publisher.Services.GetService(typeof(ITaskManager))!, 1);
        await SendAsync(Tasks, 2);

        TestNode after = await StartNodeAsync<OthersProcessors>("a");

        await RunAsync(after, [2]);
        await Eventually.TrueAsync(async () => await Raw.CountAsync(Names.BroadcastQueue(QueueId, "a")) == 0, "its queue to be empty");
    }

    private static Task<TaskId> SendAsync(ITaskManager tasks, int number) =>
        tasks.SendBroadcastAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = number });

    /// <summary>A node's queue is in order, so that what came before its last has been left out.</summary>
    private static async Task RunAsync(TestNode node, int[] numbers)
    {
        await node.HasRunAsync(numbers.Length);
        Assert.Equal(numbers, node.Runs.Select(run => run.Number));
    }
}

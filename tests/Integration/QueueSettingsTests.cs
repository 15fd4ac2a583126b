using BrokerQueues.TestKit;
using BrokerQueues.Worker;

namespace BrokerQueues.Integration.Tests;

/// <summary>Settings of single queues that an environment gives a node.</summary>
public sealed class QueueSettingsTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task A_node_that_has_the_queue_disabled_publishes_to_it_and_leaves_its_tasks_to_others()
    {
        await DeclareAsync(new() { QueueId = QueueId });
        TestNode idle = await StartNodeAsync<ConcurrentProcessors>("a", worker: worker => worker.Configure(options => options.Queues[QueueId] = new TaskQueueOptions { Enabled = false }));
        var tasks = (ITaskManager)idle.Host.Services.GetService(typeof(ITaskManager))!;

        await tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 });

        Assert.Equal(0u, await Raw.ConsumersAsync(Queue(QueueId)));
        TestNode other = await StartNodeAsync<ConcurrentProcessors>("b");
        await other.HasRunAsync(1);
        Assert.Empty(idle.Runs);
        Assert.True(idle.Log.Contains("does not consume the queue concurrent"), string.Join('\n', idle.Log.Lines));
    }

    [Fact]
    public async Task As_many_tasks_run_at_a_time_as_the_environment_says()
    {
        const int MoreThanTheAttributeSays = 9;
        int running = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(
            "a",
            worker: worker => worker.Configure(options => options.Queues[QueueId] = new TaskQueueOptions { MaxConcurrency = MoreThanTheAttributeSays }),
            onRun: async (_, token) =>
            {
                if (Interlocked.Increment(ref running) == MoreThanTheAttributeSays)
                {
                    all.SetResult();
                }

                // Each waits for the others, so that they end only where all run at a time.
                await all.Task.WaitAsync(token);
                return TaskProcessingJobResult.Complete;
            });

        await Tasks.AddTasksAsync(Enumerable.Range(1, MoreThanTheAttributeSays).Select(number => new NewTask(QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));

        await all.Task.WaitAsync(Eventually.Deadline);
        await node.HasRunAsync(MoreThanTheAttributeSays);
    }
}

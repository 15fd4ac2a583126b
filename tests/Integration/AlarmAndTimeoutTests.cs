using System.Diagnostics;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>Settings of the whole node are changed here, so this class has a broker of its own.</summary>
public sealed class AlarmAndTimeoutTests : BrokerTest, IClassFixture<AlarmAndTimeoutTests.OwnBroker>
{
    private readonly TestBroker _broker;

    public AlarmAndTimeoutTests(OwnBroker fixture) => _broker = fixture.Broker;

    protected override Uri Uri => _broker.Uri;

    [Fact]
    public async Task Under_an_alarm_publishing_waits_and_says_why_and_consuming_goes_on()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a");
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Script.OnRun = async (job, cancellationToken) =>
        {
            await goOn.Task.WaitAsync(cancellationToken);
            return Result.Complete;
        };
        await Tasks.AddTasksAsync(Enumerable.Range(0, 20).Select(_ => new NewTask(ConcurrentProcessors.QueueId, Scripted.TaskType)));
        await node.HasRunAsync(4);
        using Microsoft.Extensions.Hosting.IHost impatient = CreateHost(options => options.PublishTimeout = TimeSpan.FromSeconds(2), null, new LogSink());
        ITaskManager impatientTasks = impatient.Services.GetRequiredService<ITaskManager>();
        using Microsoft.Extensions.Hosting.IHost patient = CreateHost(options => options.PublishTimeout = TimeSpan.FromMinutes(30), null, new LogSink());
        ITaskManager patientTasks = patient.Services.GetRequiredService<ITaskManager>();
        await patientTasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType);

        _broker.Control("set_vm_memory_high_watermark", "0.0000001");
        Task<TaskId> waiting;
        int confirmed = 21;
        try
        {
            using var management = new ManagementApi(_broker);
            await Eventually.TrueAsync(async () => (bool?)(await management.GetAsync("nodes"))[0]?["mem_alarm"] == true, "the alarm to go off");

            // The broker blocks a connection, and tells it so, at the next message it publishes or at the one after it.
            do
            {
                waiting = patientTasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType);
                confirmed++;
                BrokerBlockedException blocked = await PublishUntilBlockedAsync(impatientTasks);
                Assert.Contains("memory", blocked.Message, StringComparison.Ordinal);
            }
            while (waiting.IsCompleted);
            confirmed--;

            goOn.SetResult();
            await Eventually.TrueAsync(() => node.Runs.Count >= confirmed, "what is in the queue to be consumed");
            await Eventually.EqualAsync<uint?>(0, () => Raw.CountAsync(Queue(ConcurrentProcessors.QueueId)), "acknowledgements to pass");
        }
        finally
        {
            _broker.Control("set_vm_memory_high_watermark", "0.4");
        }

        TaskId id = await waiting.WaitAsync(Eventually.Deadline);
        await Eventually.TrueAsync(() => node.Runs.Any(run => run.TaskId == id), "the waiting publish to arrive");
    }

    [Fact]
    public async Task A_task_longer_than_the_nodes_consumer_timeout_is_told_logged_and_does_not_wedge_its_queue()
    {
        if (_broker.Line is not "3.10")
        {
            // 4.3 goes by the queue's argument; see SurvivalTests.
            return;
        }

        _broker.Control("eval", "application:set_env(rabbit, consumer_timeout, 3000), application:set_env(rabbit, channel_tick_interval, 2000).");
        TestNode node = await StartNodeAsync<SequentialProcessors>("a");
        int runs = 0;
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Script.OnRun = async (job, cancellationToken) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                await using CancellationTokenRegistration registration = job.JobAborted.Register(told.SetResult);
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return Result.Complete;
        };
        await Tasks.AddTaskAsync(SequentialProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 });
        await Tasks.AddTaskAsync(SequentialProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = 2 });

        long began = Stopwatch.GetTimestamp();
        await told.Task.WaitAsync(Eventually.Deadline);
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromSeconds(2));
        await node.HasRunAsync(3);
        Assert.Equal([1, 1, 2], node.Runs.Select(run => run.Number));
        Assert.True(node.Log.Contains("Raise consumer_timeout"));
    }

    /// <summary>With a timeout of seconds one publish may also be too slow on a busy machine.</summary>
    private static async Task<BrokerBlockedException> PublishUntilBlockedAsync(ITaskManager tasks)
    {
        BrokerBlockedException? blocked = null;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await tasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType);
                }
                catch (BrokerBlockedException exception)
                {
                    blocked = exception;
                }
                catch (BrokerUnavailableException)
                {
                    // Again.
                }

                return blocked is not null;
            },
            "the broker to block a publisher");
        return blocked!;
    }

    public sealed class OwnBroker : IDisposable
    {
        public TestBroker Broker { get; } = TestBroker.Start("alarms");

        public void Dispose() => Broker.Stop();
    }
}

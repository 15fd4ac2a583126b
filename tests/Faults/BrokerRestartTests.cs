using System.Collections.Concurrent;
using System.Diagnostics;
using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class BrokerRestartTests(BrokerRestartTests.OwnBroker own, ITestOutputHelper output) : IClassFixture<BrokerRestartTests.OwnBroker>
{
    /// <summary>A queue younger than about three seconds may not survive the death of its broker's process, on either line; that is the broker's doing.</summary>
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(4);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_task_that_was_confirmed_is_executed_though_the_broker_goes_down_in_the_middle(bool killed)
    {
        const int Enough = 150;
        await using var scene = new Scene(own.Broker);
        await scene.StartAsync("worker");
        long declared = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(declared) > s_settled, "the queues have settled");

        var confirmed = new ConcurrentBag<long>();
        var failed = new ConcurrentBag<Exception>();
        using var enough = new CancellationTokenSource();
        Task publishing = Task.WhenAll(Enumerable.Range(0, 4).Select(lane => PublishAsync(scene.Tasks, lane, confirmed, failed, enough.Token)));

        await Eventually.TrueAsync(() => confirmed.Count >= Enough, $"{Enough} tasks confirmed before");
        if (killed)
        {
            own.Broker.Kill();
        }
        else
        {
            own.Broker.Stop();
        }

        own.Broker.Restart();
        long up = Stopwatch.GetTimestamp();
        int before = confirmed.Count;
        int executed = scene.Journal.Executions(Queues.Concurrent).Count;
        await Eventually.TrueAsync(() => scene.Journal.Executions(Queues.Concurrent).Count > executed, "the worker resumed");
        TimeSpan resumed = Stopwatch.GetElapsedTime(up);
        await Eventually.TrueAsync(() => confirmed.Count >= before + Enough, $"{Enough} tasks confirmed after");
        await enough.CancelAsync();
        await publishing;

        await Eventually.TrueAsync(() => scene.Invariants(Queues.Concurrent).Missing(confirmed).Count == 0, "every confirmed task was executed");
        output.WriteLine(
            $"{(killed ? "killed" : "stopped")}: {confirmed.Count} confirmed, {failed.Count} failed, 0 missing, " +
            $"duplicates {scene.Invariants(Queues.Concurrent).Duplicates}, worker resumed {resumed.TotalSeconds:0.0} s after the broker was up");
        Assert.Empty(failed);
        await scene.AssertDrainedAsync(Queues.Concurrent);
    }

    /// <summary>
    /// What was on its way from one queue to the next when its broker ended, the broker sends again after 180 s by default, in order, so that nothing
    /// else passes either; brokers that we make have the setting dead_letter_worker_publisher_confirm_timeout at 5 s.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delays_that_are_under_way_when_the_broker_goes_down_go_on_soon_after_it_is_back(bool killed)
    {
        const int Count = 8000;
        var byDefault = TimeSpan.FromSeconds(180);
        await using var scene = new Scene(own.Broker);
        await scene.StartAsync("worker");
        await DeclareIdleQueuesAsync(scene, 200);
        long declared = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(declared) > s_settled, "the queues have settled");

        // Delays of all lengths, so that every level of the ladder has some that are due while the broker starts.
        await scene.Tasks.AddTasksAsync(Enumerable.Range(0, Count).Select(seq => new NewTask(
            Queues.Concurrent, Queues.Do, new NumberedTask { Seq = seq }, new AddTaskOptions { Delay = TimeSpan.FromSeconds(2 + (seq * 7919 % 28_000 / 1000.0)) })));
        await Eventually.TrueAsync(() => scene.Journal.Executions(Queues.Concurrent).Count >= 100, "the first delays are over");
        int before = scene.Journal.Executions(Queues.Concurrent).Count;
        if (killed)
        {
            own.Broker.Kill();
        }
        else
        {
            own.Broker.Stop();
        }

        own.Broker.Restart();
        long up = Stopwatch.GetTimestamp();
        await scene.UntilCompletedAsync(Queues.Concurrent, Count, 2 * Eventually.Deadline);
        TimeSpan took = Stopwatch.GetElapsedTime(up);
        output.WriteLine($"{(killed ? "killed" : "stopped")}: {before} of {Count} had run, the rest by {took.TotalSeconds:0.0} s after the broker was up, duplicates {scene.Invariants(Queues.Concurrent).Duplicates}");
        Assert.True(took < byDefault - TimeSpan.FromSeconds(20), $"the last ran {took} after the broker was up");
        await scene.AssertDrainedAsync(Queues.Concurrent);
    }

    /// <summary>As on any broker in use: its queues do not all come back at the same moment.</summary>
    private static async Task DeclareIdleQueuesAsync(Scene scene, int count)
    {
        await using RawClient client = await RawClient.ConnectAsync(scene.Broker);
        await using IChannel channel = await client.Connection.CreateChannelAsync();
        for (int number = 0; number < count; number++)
        {
            await channel.QueueDeclareAsync(
                $"{scene.Prefix}idle.{number}", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        }
    }

    private static async Task PublishAsync(ITaskManager tasks, int lane, ConcurrentBag<long> confirmed, ConcurrentBag<Exception> failed, CancellationToken enough)
    {
        for (int number = 0; !enough.IsCancellationRequested; number++)
        {
            long seq = (lane * 1_000_000L) + number;
            try
            {
                await tasks.AddTaskAsync(Queues.Concurrent, Queues.Do, new NumberedTask { Seq = seq, WorkMs = 5 }, cancellationToken: CancellationToken.None);
                confirmed.Add(seq);
            }
            catch (TaskPublishException exception)
            {
                failed.Add(exception);
            }

            // A pace, not a wait: as fast as it could it would pile up more than is needed.
            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }
    }

    /// <summary>A broker that nobody else uses, so that it can be killed.</summary>
    public sealed class OwnBroker : IDisposable
    {
        public TestBroker Broker { get; } = TestBroker.Start("faults-restart");

        public void Dispose() => Broker.Stop();
    }
}

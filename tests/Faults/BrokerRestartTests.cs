using System.Collections.Concurrent;
using System.Diagnostics;
using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
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

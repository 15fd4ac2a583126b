using System.Diagnostics;
using BrokerQueues.Benchmarks.Measuring;
using BrokerQueues.Benchmarks.Throughput.Contenders;
using BrokerQueues.Benchmarks.Throughput.Scenarios;

namespace BrokerQueues.Benchmarks.Throughput.Child;

/// <summary>Has a contender do a round, and checks that nothing was lost or done twice.</summary>
internal sealed class Measurer(IContender contender, QueueProbe probe)
{
    /// <summary>What connects and subscribes is not what latency is about.</summary>
    private static readonly TimeSpan s_leadIn = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Between the end of the last processor and the end of consuming. Seen on RabbitMQ 3.10 with the bare client: of a channel that closes right
    /// behind its last acknowledgements, 21 and 53 tasks that had been acknowledged came back.
    /// </summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public async Task<Measurement> MeasureAsync(Assignment assignment)
    {
        string queue = await contender.PrepareAsync(assignment.Scenario);
        await probe.PurgeAsync(queue);
        return assignment.Scenario.Kind switch
        {
            ScenarioKind.Consume => await ConsumeAsync(assignment, queue),
            ScenarioKind.Latency => await MeasureLatencyAsync(assignment, queue),
            _ => await PublishAsync(assignment, queue),
        };
    }

    private async Task<Measurement> PublishAsync(Assignment assignment, string queue)
    {
        ProcessMeter meter = StartMeter();
        Task publishing = assignment.Scenario.Kind == ScenarioKind.PublishBulk
            ? contender.PublishAllAsync(assignment.Scenario, assignment.Tasks)
            : PublishAwaitingAsync(assignment);
        await publishing.WaitAsync(s_limit);
        Usage usage = meter.Stop();

        await probe.ExpectAsync(queue, assignment.Tasks);
        int bodyBytes = await probe.TakeBodyAsync(queue);
        await probe.PurgeAsync(queue);
        return Report(assignment.Tasks, usage.Seconds, usage) with { BodyBytes = bodyBytes };
    }

    private Task PublishAwaitingAsync(Assignment assignment)
    {
        int next = -1;
        return Task.WhenAll(Enumerable.Range(0, assignment.Scenario.Callers).Select(_ => Task.Run(async () =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < assignment.Tasks;)
            {
                await contender.PublishAsync(assignment.Scenario, number, null);
            }
        })));
    }

    private async Task<Measurement> ConsumeAsync(Assignment assignment, string queue)
    {
        await contender.PublishAllAsync(assignment.Scenario, assignment.Tasks);
        await probe.ExpectAsync(queue, assignment.Tasks);

        // A worker runs for weeks, a round for a second: what a host builds and compiles at its start, in the background as well, is not what
        // it costs. So the first quarter is not measured, for any contender.
        int warmUp = assignment.Tasks / 4;
        int measured = assignment.Tasks - warmUp;
        ProcessMeter? executing = null;
        var executions = new Executions(assignment.Tasks, assignment.Scenario.WaitMilliseconds, warmUp: warmUp, onMeasured: () => executing = ProcessMeter.StartAtOnce());
        Usage all;
        Usage usage;
        await using (IConsumption consumption = await contender.CreateConsumptionAsync(assignment.Scenario, executions))
        {
            ProcessMeter meter = StartMeter();
            await consumption.StartAsync();
            await WaitAsync(executions, assignment.Tasks);
            usage = executing!.Stop();
            all = meter.Stop();
            await Task.Delay(s_settling);
        }

        await CheckAsync(executions, assignment.Tasks, queue);
        return Report(measured, executions.Span.TotalSeconds, usage) with { StartUpCpuMilliseconds = (all.CpuMicroseconds - usage.CpuMicroseconds) / 1000 };
    }

    private async Task<Measurement> MeasureLatencyAsync(Assignment assignment, string queue)
    {
        var schedule = new OpenLoop(assignment.RatePerSecond, assignment.Tasks, s_leadIn);
        long[] latencies = new long[schedule.Publishes];
        var executions = new Executions(schedule.Publishes, waitMilliseconds: 0, latencies);
        Usage usage;
        await using (IConsumption consumption = await contender.CreateConsumptionAsync(assignment.Scenario, executions))
        {
            await consumption.StartAsync();
            ProcessMeter meter = StartMeter();
            await schedule.RunAsync((number, dueAt) => contender.PublishAsync(assignment.Scenario, number, dueAt)).WaitAsync(s_limit);
            await WaitAsync(executions, schedule.Publishes);
            usage = meter.Stop();
            await Task.Delay(s_settling);
        }

        await CheckAsync(executions, schedule.Publishes, queue);
        double[] microseconds = [.. latencies.Skip(schedule.LeadIn).Select(ticks => Stopwatch.GetElapsedTime(0, ticks).TotalMicroseconds)];
        return Report(schedule.Publishes, executions.Span.TotalSeconds, usage) with { LatencyMicroseconds = LatencyFigures.Of(microseconds) };
    }

    private static async Task WaitAsync(Executions executions, int tasks)
    {
        try
        {
            await executions.All.WaitAsync(s_limit);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"Only {executions.Count} of {tasks} tasks were executed within {s_limit}.", exception);
        }
    }

    private async Task CheckAsync(Executions executions, int tasks, string queue)
    {
        await probe.ExpectAsync(queue, 0);
        if (executions.Count != tasks)
        {
            throw new InvalidOperationException($"{executions.Count} executions of {tasks} tasks.");
        }
    }

    // Gives back to the system what earlier scenarios needed, or their peak would be this one's.
    private static ProcessMeter StartMeter()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return ProcessMeter.Start();
    }

    private static Measurement Report(int tasks, double seconds, Usage usage) => new()
    {
        Tasks = tasks,
        Seconds = seconds,
        TasksPerSecond = tasks / seconds,
        CpuMicrosecondsPerTask = usage.CpuMicroseconds / tasks,
        AllocatedBytesPerTask = (double)usage.AllocatedBytes / tasks,
        PeakMebibytes = usage.PeakBytes / 1048576.0,
    };
}

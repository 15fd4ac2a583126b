using System.Diagnostics;
using BrokerQueues.Faults.Tests.Stage;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

public sealed class DeploymentTests(ITestOutputHelper output)
{
    [Fact]
    public async Task More_stops_than_the_delivery_limit_do_not_move_a_long_task_to_failed()
    {
        const int Stops = 25;
        var grace = TimeSpan.FromSeconds(1);
        await using var scene = new Scene();
        Gate gate = scene.NewGate();
        await scene.StartAsync("n0", grace);
        Task<WorkerNode> next = scene.StartAsync("n1", grace);
        await scene.Publisher.AddNumberedAsync(Queues.Concurrent, 1, _ => new NumberedTask { UntilFile = gate.Path });

        long began = Stopwatch.GetTimestamp();
        for (int stop = 0; stop < Stops; stop++)
        {
            int runs = stop + 1;
            await next;
            Execution running = await scene.UntilAsync(
                Queues.Concurrent, execution => execution.End is null && scene.Journal.Executions(Queues.Concurrent).Count == runs, $"run {runs} of the task");
            next = scene.StartAsync($"n{stop + 2}", grace);
            await scene.NodeOf(running).StopAsync();
        }

        await next;
        gate.Open();
        output.WriteLine($"{Stops} stops around one task in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        await scene.UntilCompletedAsync(Queues.Concurrent, 1);

        List<Execution> executions = scene.Journal.Executions(Queues.Concurrent);
        Assert.Equal(Stops + 1, executions.Count);
        Assert.All(executions[..^1], execution => Assert.True(execution.IsAborted, execution.ToString()));
        Assert.All(executions, execution => Assert.Equal(1, execution.Start.Attempt));
        Assert.Single(executions.DistinctBy(execution => execution.Start.TaskId));
        await scene.AssertDrainedAsync(Queues.Concurrent);
    }
}

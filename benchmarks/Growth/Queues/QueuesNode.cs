using System.Diagnostics;
using BrokerQueues.Benchmarks.Measuring;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Benchmarks.Growth.Queues;

/// <param name="Place">Where.</param>
/// <param name="Queues">How many queues the node consumes.</param>
internal sealed record NodeQuestion(Place Place, int Queues);

/// <summary>One life of a node.</summary>
/// <param name="StartMilliseconds">From <c>StartAsync</c> until it consumes all its queues.</param>
/// <param name="StopMilliseconds">From <c>StopAsync</c> until it has stopped.</param>
/// <param name="ManagedBytes">The managed heap while it is idle, fully collected.</param>
/// <param name="ResidentBytes">The resident memory then.</param>
/// <param name="Threads">The threads of the process then.</param>
internal sealed record NodeLife(double StartMilliseconds, double StopMilliseconds, long ManagedBytes, long ResidentBytes, int Threads);

/// <param name="Cold">Started first in its process: what a deployment waits for.</param>
/// <param name="Warm">Started again in the same process, with everything compiled.</param>
internal sealed record NodeAnswer(NodeLife Cold, NodeLife Warm);

/// <summary>The side of a process that starts a node with many queues twice.</summary>
internal static class QueuesNode
{
    public const string Command = "queues-node";

    private static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(500);

    public static Task RunAsync() => MeasuredProcess.AnswerAsync<NodeQuestion, NodeAnswer>(async question =>
    {
        IReadOnlyList<Type> processors = GeneratedQueues.Generate(question.Queues);
        return new NodeAnswer(await LiveAsync(question.Place, processors), await LiveAsync(question.Place, processors));
    });

    private static async Task<NodeLife> LiveAsync(Place place, IReadOnlyList<Type> processors)
    {
        HostApplicationBuilder builder = place.NewWorker(worker =>
        {
            foreach (Type processor in processors)
            {
                worker.AddProcessorsFrom(processor);
            }

            worker.Configure(options => options.MaxTotalConcurrency = processors.Count);
        });
        using IHost host = builder.Build();
        long began = Stopwatch.GetTimestamp();
        await host.StartAsync();
        TimeSpan start = Stopwatch.GetElapsedTime(began);

        await Task.Delay(s_idle);
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        using var self = Process.GetCurrentProcess();
        (long resident, int threads) = (self.WorkingSet64, self.Threads.Count);

        began = Stopwatch.GetTimestamp();
        await host.StopAsync();
        return new NodeLife(start.TotalMilliseconds, Stopwatch.GetElapsedTime(began).TotalMilliseconds, managed, resident, threads);
    }
}

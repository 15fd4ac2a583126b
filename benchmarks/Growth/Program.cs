using System.CommandLine;
using BrokerQueues.Benchmarks.Growth;
using BrokerQueues.Benchmarks.Growth.Load;
using BrokerQueues.Benchmarks.Growth.Queues;

// The other side of a measured process: this program again, which answers questions on standard input.
switch (args)
{
    case [LoadWorker.Command]:
        await LoadWorker.RunAsync();
        return 0;
    case [QueuesNode.Command]:
        await QueuesNode.RunAsync();
        return 0;
    default:
        // After Ctrl+C, what was declared on the broker is still deleted; the parser would wait for 2 s only.
        return await GrowthCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
}

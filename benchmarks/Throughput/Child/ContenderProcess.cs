using System.Runtime.InteropServices;
using BrokerQueues.Benchmarks.Measuring;
using BrokerQueues.Benchmarks.Throughput.Contenders;
using BrokerQueues.Benchmarks.Throughput.Contenders.Client;
using BrokerQueues.Benchmarks.Throughput.Contenders.MassTransit;
using BrokerQueues.Benchmarks.Throughput.Contenders.Own;
using BrokerQueues.Benchmarks.Throughput.Contenders.Wolverine;

namespace BrokerQueues.Benchmarks.Throughput.Child;

/// <summary>The program as one contender: does what the parent asks until it asks no more, then cleans the broker up.</summary>
internal static class ContenderProcess
{
    public static async Task RunAsync(string name, Uri uri, string prefix)
    {
        // Signals go to the parent too, and when it ends, so does standard input: there is time to clean up.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);

        await using QueueProbe probe = await QueueProbe.OpenAsync(uri);
        await using IContender contender = Create(name, uri, prefix);
        var measurer = new Measurer(contender, probe);
        await MeasuredProcess.AnswerAsync<Assignment, Measurement>(measurer.MeasureAsync);
    }

    private static IContender Create(string name, Uri uri, string prefix) => name switch
    {
        ContenderNames.ClientJson => new ClientContender(name, uri, prefix, new JsonBody()),
        ContenderNames.ClientTopology => new ClientContender(name, uri, prefix, new JsonBody(), ourTopology: true),
        ContenderNames.ClientBytes => new ClientContender(name, uri, prefix, new BareBytes()),
        ContenderNames.Ours => new OwnContender(uri, prefix),
        ContenderNames.Metrics => new OwnContender(uri, $"{prefix}metrics.", withMetrics: true),
        ContenderNames.MassTransit => new MassTransitContender(uri, prefix),
        ContenderNames.Wolverine => new WolverineContender(uri, prefix),
        _ => throw new ArgumentException($"There is no contender '{name}'; there are {string.Join(", ", ContenderNames.Known)}.", nameof(name)),
    };
}

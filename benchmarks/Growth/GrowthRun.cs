using BrokerQueues.Benchmarks.Growth.Traces;

namespace BrokerQueues.Benchmarks.Growth;

/// <summary>What all curves of a run need.</summary>
/// <param name="Broker">The broker.</param>
/// <param name="Memory">How much memory the broker uses; null where nobody has said where its management API is.</param>
/// <param name="Name">The run's own name, which all that it puts on the broker begins with.</param>
/// <param name="Stopping">Ends the run.</param>
internal sealed record GrowthRun(Uri Broker, BrokerMemory? Memory, string Name, CancellationToken Stopping)
{
    public Place PlaceOf(string curve) => new(Broker, $"{Name}.{curve}.");

    public async Task<long?> ReadBrokerMemoryAsync() => Memory is null ? null : await Memory.ReadAsync(Stopping);

    public static void Say(string line) => Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {line}");
}

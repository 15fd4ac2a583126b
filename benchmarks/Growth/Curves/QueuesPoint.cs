using BrokerQueues.Benchmarks.Growth.Queues;
using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>A node with so many queues.</summary>
internal sealed record QueuesPoint(int Queues)
{
    /// <summary>The very first start: the topology, delay ladder included, has to be declared. Measured once.</summary>
    public required double DeclaringStartMilliseconds { get; init; }

    /// <summary>In a fresh process, where everything exists.</summary>
    public required Summary ColdStartMilliseconds { get; init; }

    /// <summary>The second start in a process.</summary>
    public required Summary WarmStartMilliseconds { get; init; }

    public required Summary ColdStopMilliseconds { get; init; }

    public required Summary ManagedBytes { get; init; }

    /// <summary>In the second life in the process: what the first left behind would show.</summary>
    public required Summary WarmManagedBytes { get; init; }

    /// <summary>What each queue after the first adds to the managed heap; null with one queue.</summary>
    public required Summary? ManagedBytesPerQueue { get; init; }

    public required Summary ResidentBytes { get; init; }

    public required Summary Threads { get; init; }

    public static QueuesPoint Of(int queues, NodeAnswer declaring, IReadOnlyList<NodeAnswer> rounds, double managedBytesOfOne) => new(queues)
    {
        DeclaringStartMilliseconds = declaring.Cold.StartMilliseconds,
        ColdStartMilliseconds = Summary.Of(rounds.Select(round => round.Cold.StartMilliseconds)),
        WarmStartMilliseconds = Summary.Of(rounds.Select(round => round.Warm.StartMilliseconds)),
        ColdStopMilliseconds = Summary.Of(rounds.Select(round => round.Cold.StopMilliseconds)),
        ManagedBytes = Summary.Of(rounds.Select(round => (double)round.Cold.ManagedBytes)),
        WarmManagedBytes = Summary.Of(rounds.Select(round => (double)round.Warm.ManagedBytes)),
        ManagedBytesPerQueue = queues == 1 ? null : Summary.Of(rounds.Select(round => (round.Cold.ManagedBytes - managedBytesOfOne) / (queues - 1))),
        ResidentBytes = Summary.Of(rounds.Select(round => (double)round.Cold.ResidentBytes)),
        Threads = Summary.Of(rounds.Select(round => (double)round.Cold.Threads)),
    };
}

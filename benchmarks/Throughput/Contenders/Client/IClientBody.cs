using BrokerQueues.Benchmarks.Throughput.Scenarios;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Client;

/// <summary>What a hand-written program makes of its message bodies.</summary>
internal interface IClientBody
{
    ReadOnlyMemory<byte> Write(Scenario scenario, int number, long? sentAt);

    /// <returns>When it was due.</returns>
    long Read(string type, ReadOnlyMemory<byte> body);
}

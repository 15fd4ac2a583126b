using System.Buffers.Binary;
using System.Text;
using BrokerQueues.Benchmarks.Throughput.Scenarios;
using Newtonsoft.Json;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Client;

/// <summary>As many bytes as the JSON has, and nobody looks at them: what the client itself costs.</summary>
internal sealed class BareBytes : IClientBody
{
    private static readonly Dictionary<BodySize, byte[]> s_bodies = Enum.GetValues<BodySize>().ToDictionary(size => size, size => Encoding.UTF8.GetBytes(
        JsonConvert.SerializeObject(Payloads.Of(new Scenario("", ScenarioKind.PublishBulk, 0) { Body = size }, 0))));

    public ReadOnlyMemory<byte> Write(Scenario scenario, int number, long? sentAt)
    {
        byte[] body = s_bodies[scenario.Body];
        if (sentAt is not { } at)
        {
            return body;
        }

        byte[] stamped = [.. body];
        BinaryPrimitives.WriteInt64LittleEndian(stamped, at);
        return stamped;
    }

    public long Read(string type, ReadOnlyMemory<byte> body) => BinaryPrimitives.ReadInt64LittleEndian(body.Span);
}

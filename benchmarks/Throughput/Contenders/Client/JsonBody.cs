using System.Text;
using BrokerQueues.Benchmarks.Throughput.Scenarios;
using Newtonsoft.Json;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Client;

/// <summary>Newtonsoft.Json as most programs use it: by way of a string.</summary>
internal sealed class JsonBody : IClientBody
{
    // One handler per type, as a program with several would have them.
    private static readonly Dictionary<string, Func<ReadOnlyMemory<byte>, long>> s_readers = new(StringComparer.Ordinal)
    {
        [nameof(Order)] = ReadOrder<Order>,
        [nameof(SmallOrder)] = ReadSmallOrder,
        [nameof(Order0)] = ReadOrder<Order0>,
        [nameof(Order1)] = ReadOrder<Order1>,
        [nameof(Order2)] = ReadOrder<Order2>,
        [nameof(Order3)] = ReadOrder<Order3>,
        [nameof(Order4)] = ReadOrder<Order4>,
        [nameof(Order5)] = ReadOrder<Order5>,
        [nameof(Order6)] = ReadOrder<Order6>,
        [nameof(Order7)] = ReadOrder<Order7>,
        [nameof(Order8)] = ReadOrder<Order8>,
        [nameof(Order9)] = ReadOrder<Order9>,
    };

    public ReadOnlyMemory<byte> Write(Scenario scenario, int number, long? sentAt) =>
        Encoding.UTF8.GetBytes(JsonConvert.SerializeObject(sentAt is { } at ? Payloads.Stamped(at) : Payloads.Of(scenario, number)));

    public long Read(string type, ReadOnlyMemory<byte> body) => s_readers[type](body);

    private static long ReadOrder<T>(ReadOnlyMemory<byte> body)
        where T : Order => JsonConvert.DeserializeObject<T>(Encoding.UTF8.GetString(body.Span))!.SentAt;

    private static long ReadSmallOrder(ReadOnlyMemory<byte> body) => JsonConvert.DeserializeObject<SmallOrder>(Encoding.UTF8.GetString(body.Span))!.Number;
}

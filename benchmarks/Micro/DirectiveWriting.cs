using System.Text;
using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>A directive to its body of 1 KiB, beside what one would write without thinking of buffers.</summary>
[MemoryDiagnoser]
public class DirectiveWriting
{
    private readonly OrderDirective _order = OrderDirective.Typical();

    [Benchmark(Baseline = true)]
    public byte[] ByWayOfAString() => Encoding.UTF8.GetBytes(JsonConvert.SerializeObject(_order));

    [Benchmark]
    public byte[] Write() => DirectiveJson.Write(_order);
}

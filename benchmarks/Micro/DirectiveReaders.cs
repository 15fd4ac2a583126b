using System.Text;
using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>
/// Bodies of some sizes to their directives: by tokens out of UTF-8, in the way for what is odd, and by plain Newtonsoft.Json with the
/// same contracts. Texts are what the first gains most with; many small tokens are where it gains least.
/// </summary>
[MemoryDiagnoser]
public class DirectiveReaders
{
    private const int ParcelsOf1KB = 8;
    private const int ParcelsOf64KB = 560;

    private Type _type = typeof(object);
    private byte[] _body = [];
    private JsonSerializer _serializer = JsonSerializer.CreateDefault();

    public enum Payload
    {
        Small,
        Texts1KB,
        Tokens1KB,
        Tokens64KB,
    }

    [Params(Payload.Small, Payload.Texts1KB, Payload.Tokens1KB, Payload.Tokens64KB)]
    public Payload Body { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        TaskDirective directive = Body switch
        {
            Payload.Small => ShipmentDirective.With(parcels: 0),
            Payload.Texts1KB => OrderDirective.Typical(),
            Payload.Tokens1KB => ShipmentDirective.With(ParcelsOf1KB),
            _ => ShipmentDirective.With(ParcelsOf64KB),
        };
        _type = directive.GetType();
        _body = DirectiveJson.Write(directive);
        _serializer = DirectivePlan.For(_type).Serializer();
        Ordinary();
    }

    [Benchmark]
    public object Ordinary() =>
        DirectiveJson.TryReadOrdinary(_body, _type, out ITaskDirective? directive) ? directive! : throw new InvalidOperationException("The body does not take the path that is to be measured.");

    [Benchmark]
    public object? Any() => DirectiveJson.ReadAny(_body, _type);

    [Benchmark(Baseline = true)]
    public object? PlainNewtonsoft()
    {
        using var json = new JsonTextReader(new StringReader(Encoding.UTF8.GetString(_body))) { DateParseHandling = DateParseHandling.None };
        return _serializer.Deserialize(json, _type);
    }
}

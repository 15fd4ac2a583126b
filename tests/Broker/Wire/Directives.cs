using System.Numerics;
using System.Runtime.Serialization;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

public enum Colour
{
    Red,
    Green,
    Blue,
}

public sealed class PlainDirective : TaskDirective
{
    public string? Text { get; set; }

    public int Number { get; set; }

    public long Wide { get; set; }

    public double Real { get; set; }

    public decimal Money { get; set; }

    public BigInteger Big { get; set; }

    public bool Flag { get; set; }

    public Guid Key { get; set; }

    public DateTime Time { get; set; }

    public DateTimeOffset Moment { get; set; }

    public TimeSpan Span { get; set; }

    public Colour Colour { get; set; }

    public int? Maybe { get; set; }

    public byte[]? Bytes { get; set; }

    public List<string?>? Texts { get; set; }

    public Dictionary<string, int>? Counts { get; set; }

    public Nested? Child { get; set; }

    public object? Any { get; set; }

    public JToken? Token { get; set; }

    public Uri? Link { get; set; }
}

public sealed class Nested
{
    public string? Name { get; set; }

    public Nested? Child { get; set; }
}

[DataContract]
public sealed class ContractDirective : TaskDirective
{
    [DataMember(Name = "document_id")]
    public int DocumentId { get; set; }

    [DataMember]
    public string? Title { get; set; }

    public string? NotSent { get; set; }

    [DataMember]
    private string? _secret;

    public string? Secret() => _secret;

    public void Keep(string secret) => _secret = secret;
}

using System.Globalization;
using System.Numerics;
using System.Runtime.Serialization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1720 // A member of each type is best named after the type.

/// <summary>A member of every type that is read in a way of its own.</summary>
public sealed class RichDirective : TaskDirective
{
    public string? Text { get; set; }

    public bool Flag { get; set; }

    public bool? MaybeFlag { get; set; }

    public byte Byte { get; set; }

    public sbyte SByte { get; set; }

    public short Short { get; set; }

    public ushort UShort { get; set; }

    public int Int { get; set; }

    public int? MaybeInt { get; set; }

    public uint UInt { get; set; }

    public long Long { get; set; }

    public long? MaybeLong { get; set; }

    public ulong ULong { get; set; }

    public float Single { get; set; }

    public double Double { get; set; }

    public double? MaybeDouble { get; set; }

    public decimal Decimal { get; set; }

    public decimal? MaybeDecimal { get; set; }

    public BigInteger Big { get; set; }

    public char Letter { get; set; }

    public Colour Colour { get; set; }

    public Colour? MaybeColour { get; set; }

    public Guid Key { get; set; }

    public DateTime Time { get; set; }

    public DateTime? MaybeTime { get; set; }

    public DateTimeOffset Moment { get; set; }

    public TimeSpan Span { get; set; }

    public Uri? Link { get; set; }

    public byte[]? Bytes { get; set; }

    public List<string?>? Texts { get; set; }

    public List<int>? Ints { get; set; }

    public decimal[]? Decimals { get; set; }

    public double?[]? Doubles { get; set; }

    public List<bool>? Flags { get; set; }

    public List<DateTimeOffset>? Moments { get; set; }

    public Dictionary<string, int>? Counts { get; set; }

    public Dictionary<int, Nested>? ByNumber { get; set; }

    public Nested? Child { get; set; }

    public Forgiving? Forgiving { get; set; }

    public Contract? Contract { get; set; }

    public object? Any { get; set; }

    public JToken? Token { get; set; }

    public JObject? Object { get; set; }

    public JRaw? Raw { get; set; }

    [JsonConverter(typeof(WhereaboutsConverter))]
    public string? Whereabouts { get; set; }

    [JsonConverter(typeof(GuardedConverter))]
    public string? Guarded { get; set; }

    [JsonConverter(typeof(MeddlingConverter))]
    public string? Meddled { get; set; }

    [JsonExtensionData]
    public IDictionary<string, JToken>? More { get; set; }
}

[DataContract]
public sealed class Contract
{
    [DataMember(Name = "document_id", IsRequired = true)]
    public int DocumentId { get; set; }

    [DataMember]
    private string? _secret;

    public void Keep(string secret) => _secret = secret;
}

/// <summary>Goes on after an error, and says which.</summary>
public sealed class Forgiving
{
    public int Number { get; set; }

    public DateTime Time { get; set; }

    public string? Errors { get; set; }

    [OnError]
    internal void Forgive(StreamingContext context, ErrorContext error)
    {
        Errors += error.Error.Message;
        error.Handled = true;
    }
}

/// <summary>Tells where in the text each part of the value stands.</summary>
public sealed class WhereaboutsConverter : JsonConverter<string>
{
    public override string? ReadJson(JsonReader reader, Type objectType, string? existingValue, bool hasExistingValue, JsonSerializer serializer)
    {
        ArgumentNullException.ThrowIfNull(reader);
        JToken token = JToken.Load(reader);
        var parts = (token as JContainer)?.DescendantsAndSelf() ?? [token];
        return string.Join(';', parts.Select(part => (part, Line: (IJsonLineInfo)part)).Select(
            part => string.Create(CultureInfo.InvariantCulture, $"{part.part.Type}@{part.Line.LineNumber},{part.Line.LinePosition}")));
    }

    public override void WriteJson(JsonWriter writer, string? value, JsonSerializer serializer) => writer?.WriteValue(value);
}

/// <summary>Takes any error for a value.</summary>
public sealed class GuardedConverter : JsonConverter<string>
{
    public override string? ReadJson(JsonReader reader, Type objectType, string? existingValue, bool hasExistingValue, JsonSerializer serializer)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(serializer);
        try
        {
            return JsonConvert.SerializeObject(serializer.Deserialize<List<int>>(reader));
        }
        catch (Exception exception)
        {
            return exception.Message;
        }
    }

    public override void WriteJson(JsonWriter writer, string? value, JsonSerializer serializer) => writer?.WriteValue(value);
}

/// <summary>Changes the reader for good.</summary>
public sealed class MeddlingConverter : JsonConverter<string>
{
    public override string? ReadJson(JsonReader reader, Type objectType, string? existingValue, bool hasExistingValue, JsonSerializer serializer)
    {
        ArgumentNullException.ThrowIfNull(reader);
        string value = Convert.ToString(reader.Value, CultureInfo.InvariantCulture) ?? "";
        switch (value.Length % 4)
        {
            case 1:
                reader.DateParseHandling = DateParseHandling.DateTimeOffset;
                break;
            case 2:
                reader.FloatParseHandling = FloatParseHandling.Decimal;
                break;
            case 3:
                reader.DateTimeZoneHandling = DateTimeZoneHandling.Utc;
                reader.DateFormatString = "yyyyMMdd";
                reader.Culture = CultureInfo.InvariantCulture;
                reader.MaxDepth = 70;
                break;
        }

        return value;
    }

    public override void WriteJson(JsonWriter writer, string? value, JsonSerializer serializer) => writer?.WriteValue(value);
}

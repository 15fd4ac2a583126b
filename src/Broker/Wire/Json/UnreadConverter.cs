using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>For a collection that is written, and passed over when it is read.</summary>
/// <param name="inner">What writes it; null for the serializer itself.</param>
internal sealed class UnreadConverter(JsonConverter? inner) : JsonConverter
{
    public bool RunsUserCode => inner is not null;

    public override bool CanWrite => inner is { CanWrite: true };

    public override bool CanConvert(Type objectType) => true;

    public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer) => inner!.WriteJson(writer, value, serializer);

    public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer)
    {
        reader.Skip();
        return null;
    }
}

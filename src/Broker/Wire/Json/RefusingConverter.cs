using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>For a type of which no value arrives as it was: it is neither written nor read.</summary>
/// <param name="why">What is the matter and what to write, without a full stop.</param>
internal sealed class RefusingConverter(string why) : JsonConverter
{
    public string Why => why;

    /// <summary>One for a member of this type; null where there may be such a member.</summary>
    public static RefusingConverter? ForDeclared(Type? type) =>
        type is not null && UnsendableTypes.WhyNotDeclared(Nullable.GetUnderlyingType(type) ?? type) is { } why ? new RefusingConverter(why) : null;

    public override bool CanConvert(Type objectType) => true;

    public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer) => throw new DirectiveRefusedException(why);

    public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer) =>
        reader.TokenType == JsonToken.Null ? null : throw new JsonSerializationException($"What is expected here {why}.");
}

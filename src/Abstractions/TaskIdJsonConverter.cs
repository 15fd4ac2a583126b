using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrokerQueues;

/// <summary>A <see cref="TaskId"/> as a string of System.Text.Json, also where it is the key of a dictionary.</summary>
internal sealed class TaskIdJsonConverter : JsonConverter<TaskId>
{
    public override TaskId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? Parsed(reader.GetString()!) : throw new JsonException("A task id is a string.");

    public override TaskId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parsed(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, TaskId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, TaskId value, JsonSerializerOptions options) => writer.WritePropertyName(value.Value);

    // Empty text is what the default id is written as. System.Text.Json adds the path to a JsonException.
    private static TaskId Parsed(string text) =>
        text.Length == 0 ? default
        : TaskId.TryParse(text, null, out TaskId id) ? id
        : throw new JsonException($"A task id has 1 to {TaskId.MaxBytes} bytes of UTF-8.");
}

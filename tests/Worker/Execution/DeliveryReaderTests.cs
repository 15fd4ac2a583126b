using System.Text;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Execution;
using Newtonsoft.Json;

namespace BrokerQueues.Worker.Tests.Execution;

public sealed class DeliveryReaderTests
{
    private const string Secret = "s3cretPayload";

    private static Incompatibility ReadBadly(Type type, string body)
    {
        ProcessorDescriptor processor = Processor.Of((_, _) => Task.CompletedTask) with { DirectiveType = type };
        TaskMessage task = Processor.NewTask();
        var delivery = new Delivery(null!, 1, redelivered: false, task.Properties, Encoding.UTF8.GetBytes(body));
        Assert.False(DeliveryReader.TryReadDirective(delivery, task, processor, out _, out Incompatibility reason));
        return reason;
    }

    [Theory]
    [InlineData($"{{\"Number\":\"{Secret}\"}}", "at 'Number' at line 1, position 25, where a System.Int32 is expected")]
    [InlineData($"{{\"ByName\":{{\"{Secret}\":\"{Secret}\"}}}}", "at 'ByName[*]'")]
    [InlineData($"{{\"{Secret}\":{Secret}}}", "at '[*]'")]
    [InlineData($"{Secret}", "JsonReaderException")]
    [InlineData($"{{\"Checked\":\"{Secret}\"}}", "FormatException")]
    [InlineData($"{{\"Converted\":\"{Secret}\"}}", "FormatException")]
    public void The_log_says_where_and_what_was_expected_and_no_value_and_the_headers_say_all(string body, string place)
    {
        Incompatibility reason = ReadBadly(typeof(Strict), body);
        Assert.Contains(place, reason.LogText + reason.Details.ErrorType, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", reason.LogText, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_headers_of_the_parked_task_keep_what_the_reader_says() =>
        Assert.Contains(Secret, ReadBadly(typeof(Strict), $"{{\"Number\":\"{Secret}\"}}").Details.ErrorMessage, StringComparison.Ordinal);

    public sealed class Strict : TaskDirective
    {
        private string? _checked;

        public int Number { get; set; }

        public Dictionary<string, int>? ByName { get; set; }

        public string? Checked
        {
            get => _checked;
            set => _checked = value is null ? null : throw new FormatException($"not '{value}'");
        }

        [JsonConverter(typeof(Picky))]
        public string? Converted { get; set; }
    }

    public sealed class Picky : JsonConverter<string>
    {
        public override string? ReadJson(JsonReader reader, Type objectType, string? existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            throw new FormatException($"not '{reader?.Value}'");

        public override void WriteJson(JsonWriter writer, string? value, JsonSerializer serializer) => writer?.WriteValue(value);
    }
}

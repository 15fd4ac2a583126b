using System.Text;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Newtonsoft.Json;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class BindStepTests
{
    private const string Secret = "s3cretPayload";

    private static async Task<TaskExecution> BindAsync(Type type, string body)
    {
        ProcessorDescriptor processor = Processor.Of((_, _) => Task.CompletedTask) with { DirectiveType = type };
        TaskMessage task = Processor.NewTask();
        var execution = new TaskExecution { Task = task };
        execution.Begin(new Delivery(null!, 1, redelivered: false, task.Properties, Encoding.UTF8.GetBytes(body)), default);
        var bound = new BoundProcessor(processor, [], null!, TimeProvider.System, NullLogger.Instance);
        await new BindStep(new Dictionary<string, BoundProcessor>(StringComparer.Ordinal) { ["Send"] = bound }, new DirectiveJson()).ExecuteAsync(execution);
        return execution;
    }

    private static async Task<ExecutionOutcome> ReadBadlyAsync(Type type, string body)
    {
        TaskExecution execution = await BindAsync(type, body);
        ExecutionOutcome outcome = execution.Outcome!.Value;
        Assert.True(outcome.IsIncompatible);
        return outcome;
    }

    [Theory]
    [InlineData($"{{\"Number\":\"{Secret}\"}}", "at 'Number' at line 1, position 25, where a System.Int32 is expected")]
    [InlineData($"{{\"ByName\":{{\"{Secret}\":\"{Secret}\"}}}}", "at 'ByName[*]'")]
    [InlineData($"{{\"{Secret}\":{Secret}}}", "at '[*]'")]
    [InlineData($"{Secret}", "JsonReaderException")]
    [InlineData($"{{\"Checked\":\"{Secret}\"}}", "FormatException")]
    [InlineData($"{{\"Converted\":\"{Secret}\"}}", "FormatException")]
    public async Task The_log_says_where_and_what_was_expected_and_no_value_and_the_headers_say_all(string body, string place)
    {
        ExecutionOutcome reason = await ReadBadlyAsync(typeof(Strict), body);
        Assert.Contains(place, reason.LoggedMessage + reason.Error?.GetType(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", reason.LoggedMessage, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_directive_is_read_by_the_serializer_that_the_program_registered()
    {
        ServiceCollection services = new();
        var given = new Given();
        services.AddSingleton<IDirectiveSerializer>(given);
        services.AddBrokerQueues();
        await using ServiceProvider provider = services.BuildServiceProvider();
        ProcessorDescriptor processor = Processor.Of((_, _) => Task.CompletedTask) with { DirectiveType = typeof(Strict) };
        TaskMessage task = Processor.NewTask();
        var execution = new TaskExecution { Task = task };
        execution.Begin(new Delivery(null!, 1, redelivered: false, task.Properties, "no JSON"u8.ToArray()), default);
        var bound = new BoundProcessor(processor, [], null!, TimeProvider.System, NullLogger.Instance);
        await new BindStep(new Dictionary<string, BoundProcessor>(StringComparer.Ordinal) { ["Send"] = bound }, provider.GetRequiredService<IDirectiveSerializer>()).ExecuteAsync(execution);
        Assert.Same(given.Directive, execution.Directive);
    }

    [Fact]
    public async Task The_headers_of_the_parked_task_keep_what_the_reader_says() =>
        Assert.Contains(Secret, (await ReadBadlyAsync(typeof(Strict), $"{{\"Number\":\"{Secret}\"}}")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    [InlineData("null")]
    public async Task A_task_without_a_body_has_a_directive_with_its_defaults(string body)
    {
        Assert.Equal(new Record(0, "dflt"), (await BindAsync(typeof(Record), body)).Directive);
        Assert.IsType<Strict>((await BindAsync(typeof(Strict), body)).Directive);
    }

    [Theory]
    [InlineData(typeof(Demanding))]
    [InlineData(typeof(DemandingClass))]
    public async Task A_task_without_a_body_whose_directive_cannot_be_made_of_nothing_is_Incompatible_and_says_to_send_one(Type type)
    {
        ExecutionOutcome reason = await ReadBadlyAsync(type, "");
        Assert.Contains("The task has no body", reason.Message, StringComparison.Ordinal);
        Assert.Contains(type.Name, reason.Message, StringComparison.Ordinal);
        Assert.Contains("Publish it again with one", reason.Message, StringComparison.Ordinal);
    }

    public sealed record Record(int Number, string Text = "dflt") : ITaskDirective;

    public sealed record Demanding : ITaskDirective
    {
        public Demanding(string text) => Text = text ?? throw new ArgumentNullException(nameof(text));

        public string Text { get; }
    }

    public sealed class DemandingClass : TaskDirective
    {
        public DemandingClass() => throw new InvalidOperationException("never");
    }

    private sealed class Given : IDirectiveSerializer
    {
        public Strict Directive { get; } = new();

        public byte[] Write(ITaskDirective directive) => [];

        public ITaskDirective? Read(ReadOnlyMemory<byte> body, Type directiveType) => Directive;
    }

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

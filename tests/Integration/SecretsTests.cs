using System.Collections.Concurrent;
using System.Text;
using BrokerQueues.Broker;
using BrokerQueues.Broker.Queues;
using BrokerQueues.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json;

namespace BrokerQueues.Integration.Tests;

/// <summary>
/// A marked secret goes through every failing path. It may stand in no log and no exception: only in what is sent, and in the headers
/// of a parked task.
/// </summary>
public sealed class SecretsTests(TlsListeners listeners) : BrokerTest, IClassFixture<TlsListeners>
{
    private const string Secret = "s3cret-mark";
    private const string QueueId = TreacherousProcessors.QueueId;

    [Theory]
    [InlineData("amqp://guest:s3cret-mark@127.0.0.1:1/")]
    [InlineData("amqp://guest:s3cret-mark:x@127.0.0.1:1/")]
    [InlineData("amqp://guest:12/s3cret-mark@127.0.0.1:1/")]
    [InlineData("amqp://guest:12?s3cret-mark@127.0.0.1:1/")]
    [InlineData("amqp://guest:12#s3cret-mark@127.0.0.1:1/")]
    [InlineData("amqp://guest:s3cret-mark@127.0.0.1:99999/")]
    [InlineData("amqp://guest:s3cret-mark@")]
    [InlineData("http://guest:s3cret-mark@127.0.0.1/")]
    [InlineData("guest:s3cret-mark@127.0.0.1")]
    [InlineData("s3cret-mark:x")]
    public async Task No_uri_is_quoted_however_wrong_it_is(string uri)
    {
        var said = new Witness();
        foreach (string key in new[] { "BrokerQueues:Uri", "BrokerQueues:Hosts", "BrokerQueues:Hosts:0" })
        {
            await TryAsync(said, new Dictionary<string, string?> { [key] = uri, ["BrokerQueues:PublishTimeout"] = "00:00:01" });
        }

        said.AssertSilent();
    }

    [Fact]
    public async Task No_password_is_told_when_the_broker_refuses_it()
    {
        var said = new Witness();
        string uri = new UriBuilder(Uri) { Password = "" }.Uri.ToString();
        await TryAsync(said, new() { ["BrokerQueues:Uri"] = new UriBuilder(Uri) { Password = Secret }.Uri.ToString() });
        await TryAsync(said, new() { ["BrokerQueues:Uri"] = uri, ["BrokerQueues:Password"] = Secret });
        await TryAsync(said, new() { ["BrokerQueues:Uri"] = uri }, services => services.AddSingleton<IBrokerCredentials>(new Refused()));
        await TryAsync(said, new()
        {
            ["BrokerQueues:Uri"] = new UriBuilder(Uri) { Scheme = "amqps", Host = "localhost", Port = listeners.Other, Password = Secret }.Uri.ToString(),
            ["BrokerQueues:Tls:CaFile"] = listeners.Own.File,
        });
        await TryAsync(said, new()
        {
            ["BrokerQueues:Uri"] = new UriBuilder(Uri) { Scheme = "amqps", Host = "localhost", Port = listeners.Demanding }.Uri.ToString(),
            ["BrokerQueues:Tls:CertificateFile"] = listeners.ClientPfx,
            ["BrokerQueues:Tls:CertificatePassword"] = Secret,
        });
        Assert.Contains(said.Lines, line => line.Contains("it refused the login", StringComparison.Ordinal));
        Assert.Contains(said.Lines, line => line.Contains("Tls:CertificateFile cannot", StringComparison.Ordinal));
        said.AssertSilent();
    }

    [Fact]
    public async Task No_value_of_a_payload_is_logged_however_its_task_fails()
    {
        var said = new Witness();
        await StartNodeAsync<TreacherousProcessors>(services: services => services.AddSingleton<ILoggerProvider>(said));
        string[] bodies =
        [
            $"{{\"count\":\"{Secret}\"}}", $"{{\"count\":{Secret}}}", $"{{\"when\":\"{Secret}\"}}", $"{{\"kind\":\"{Secret}\"}}", $"{{\"guarded\":\"{Secret}\"}}",
            $"{{\"converted\":\"{Secret}\"}}", $"{{\"{Secret}", $"\"{Secret}\"", $"{Secret}", $"{{\"list\":\"{Secret}\"}}", $"{{\"map\":{{\"{Secret}\":\"{Secret}\"}}}}",
            $"{{\"$type\":\"{Secret}\"}}", $"{{\"bytes\":\"{Secret}!\"}}", $"{{\"address\":\"http://{Secret}:99999:1\"}}",
        ];
        foreach (string body in bodies)
        {
            await Raw.PublishAsync(Queue(QueueId), Scripted.TaskType, body);
        }

        await Eventually.EqualAsync<uint?>((uint)bodies.Length, () => Raw.CountAsync(Names.Incompatible(QueueId)), "all to be parked");
        await Raw.PublishAsync(Queue(QueueId), Scripted.TaskType, $"{{\"text\":\"{Secret}\"}}");
        RawMessage parked = await Raw.ReceiveAsync(Names.Fatal(QueueId));
        Assert.Contains(Secret, Encoding.UTF8.GetString(parked.Body), StringComparison.Ordinal);
        said.AssertSilent();
    }

    [Fact]
    public async Task No_value_of_a_payload_is_told_when_it_cannot_be_published()
    {
        var said = new Witness();
        await DeclareAsync(new BrokerQueues.Broker.Queues.QueueDefinition { QueueId = QueueId });
        using IHost host = CreateHost(options => options.MaxBodySize = 100, null, new LogSink(), services => services.AddSingleton<ILoggerProvider>(said));
        ITaskManager tasks = host.Services.GetRequiredService<ITaskManager>();
        TaskDirective[] directives =
        [
            new Treacherous { Text = Secret + new string('x', 200) },
            new Treacherous { Converted = new Converted(Secret) },
            new Throwing { Text = Secret },
        ];
        foreach (TaskDirective directive in directives)
        {
            // What is inside is what the caller's own code threw.
            said.Add(await Assert.ThrowsAnyAsync<Exception>(() => tasks.AddTaskAsync(QueueId, Scripted.TaskType, directive)), messageAlone: true);
        }

        said.Add(await Assert.ThrowsAnyAsync<Exception>(() => tasks.AddTaskAsync("nobody", Scripted.TaskType, new Treacherous { Text = Secret })));
        said.AssertSilent();
    }

    private static async Task TryAsync(Witness said, Dictionary<string, string?> settings, Action<IServiceCollection>? services = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(said);
        settings.TryAdd("BrokerQueues:PublishTimeout", "00:00:02");
        services?.Invoke(builder.Services);
        builder.Services.AddBrokerQueues(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        try
        {
            using IHost host = builder.Build();
            await host.StartAsync();
            await host.Services.GetRequiredService<ITaskManager>().AddTaskAsync("orders", Scripted.TaskType);
            Assert.Fail("There is nothing to reach.");
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
        {
            said.Add(exception);
        }
    }

    /// <summary>Reading or writing it fails, with the value in the message of what its author throws.</summary>
    internal sealed class Treacherous : TaskDirective
    {
        public enum Kinds
        {
            None,
        }

        public int Count { get; set; }

        public DateTime When { get; set; }

        public Kinds Kind { get; set; }

        public string? Text { get; set; }

        public List<int> List { get; set; } = [];

        public Dictionary<int, int> Map { get; set; } = [];

        public byte[]? Bytes { get; set; }

        public Uri? Address { get; set; }

        [JsonConverter(typeof(Converter))]
        public Converted? Converted { get; set; }

        public string? Guarded
        {
            get => null;
            set => throw new InvalidOperationException($"'{value}' is not allowed");
        }
    }

    internal sealed class Throwing : TaskDirective
    {
        private string? _text;

        public string? Text
        {
            get => throw new InvalidOperationException($"'{_text}' cannot be read");
            set => _text = value;
        }
    }

    internal sealed record Converted(string Value);

    internal sealed class Converter : JsonConverter<Converted>
    {
        public override Converted? ReadJson(JsonReader reader, Type objectType, Converted? existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            throw new FormatException($"'{reader.Value}' cannot be read");

        public override void WriteJson(JsonWriter writer, Converted? value, JsonSerializer serializer) => throw new FormatException($"'{value?.Value}' cannot be written");
    }

    internal sealed class TreacherousProcessors
    {
        [TaskQueue(MaxConcurrency = 4)]
        public const string QueueId = "concurrent";

        [TaskProcessor(QueueId, Scripted.TaskType, TransactionMode = TransactionMode.Unsafe)]
        public static Task<TaskProcessingJobResult> ProcessAsync(ITaskProcessingJob<Treacherous> job) =>
            Task.FromResult(job.Directive.Text is null ? TaskProcessingJobResult.Complete : TaskProcessingJobResult.Fatal);
    }

    private sealed class Refused : IBrokerCredentials
    {
        public ValueTask<BrokerCredentials> GetAsync(CancellationToken cancellationToken) => new(new BrokerCredentials("guest", Secret));
    }

    /// <summary>Hears everything: every level, each exception with all it says, scopes.</summary>
    private sealed class Witness : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public void Add(Exception exception, bool messageAlone = false) => _lines.Enqueue(messageAlone ? exception.Message : exception.ToString());

        public void AssertSilent()
        {
            Assert.NotEmpty(_lines);
            Assert.DoesNotContain(_lines, line => line.Contains("s3cret", StringComparison.OrdinalIgnoreCase));
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            _lines.Enqueue(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _lines.Enqueue($"{formatter(state, exception)} {exception}");
            if (state is IEnumerable<KeyValuePair<string, object?>> values)
            {
                _lines.Enqueue(string.Join(' ', values.Select(value => value.Value?.ToString())));
            }
        }
    }
}

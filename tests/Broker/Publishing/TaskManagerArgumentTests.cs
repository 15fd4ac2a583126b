using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Tests.Wire;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>What is wrong with a call is said before any connection is made: there is no broker here.</summary>
public sealed class TaskManagerArgumentTests : IAsyncDisposable
{
    private readonly BrokerConnections _connections;
    private readonly ConfirmingPublisher _publisher;
    private readonly TaskManager _tasks;

    public TaskManagerArgumentTests()
    {
        // Port 1 refuses: a call that got as far as the broker fails with another exception.
        IOptions<BrokerQueuesOptions> options = Options.Create(new BrokerQueuesOptions
        {
            Uri = new("amqp://127.0.0.1:1"),
            PublishTimeout = TimeSpan.FromMilliseconds(100),
            MaxBodySize = 100,
        });
        var node = new NodeIdentity(options);
        _connections = new BrokerConnections(new FixedOptions(options.Value), node, TimeProvider.System, NullLoggerFactory.Instance);
        _publisher = new ConfirmingPublisher(_connections, options, TimeProvider.System, NullLoggerFactory.Instance);
        _tasks = Tasks(_publisher, node, options);
    }

    public async ValueTask DisposeAsync()
    {
        await _publisher.DisposeAsync();
        await _connections.DisposeAsync();
    }

    public static TheoryData<string?, string?, AddTaskOptions?, string> Wrong => new()
    {
        { "", "Send", null, "must not be empty" },
        { "amq.orders", "Send", null, "reserved" },
        { "a*", "Send", null, "means something else" },
        { new string('q', 121), "Send", null, "at most 120" },
        { "orders", "", null, "empty" },
        { "orders", new string('t', 256), null, "task type has at most 255 bytes" },
        { "orders", string.Concat(Enumerable.Repeat("é", 128)), null, "task type has at most 255 bytes" },
        { "orders", "Send", new() { DisplayName = new string('d', 1025) }, "at most 1024 characters" },
        { "orders", "Send", new() { CorrelationId = new string('c', 256) }, "correlation id has at most 255 bytes" },
        { "orders", "Send", new() { Initiator = new string('i', 256) }, "An initiator has at most 255 bytes of UTF-8" },
        { "orders", "Send", new() { Initiator = string.Concat(Enumerable.Repeat("é", 128)) }, "An initiator has at most 255 bytes of UTF-8" },
        { "orders", "Send", new() { Initiator = "ada\r\nroot" }, "this one has U+000D as character 4" },
        { "orders", "Send", new() { Initiator = "\u2029" }, "this one has U+2029 as character 1" },
        { "orders", "Send", new() { Initiator = "\ud83d" }, "half a surrogate pair" },
        { "orders", "Send", new() { Delay = TimeSpan.FromSeconds(1), NotBefore = DateTimeOffset.UtcNow }, "Delay or NotBefore, not both" },
        { "orders", "Send", new() { Delay = TimeSpan.FromTicks(-1) }, "from zero to 620 days" },
        { "orders", "Send", new() { Delay = TimeSpan.FromDays(620) + TimeSpan.FromTicks(1) }, "from zero to 620 days" },
        { "orders", "Send", new() { NotBefore = DateTimeOffset.UtcNow.AddDays(621) }, "from zero to 620 days" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_argument_is_refused_in_words(string? queueId, string? taskType, AddTaskOptions? options, string expected)
    {
        var exception = await Assert.ThrowsAnyAsync<ArgumentException>(() => _tasks.AddTaskAsync(queueId!, taskType!, null, options));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broadcast_cannot_be_delayed()
    {
        foreach (AddTaskOptions options in new AddTaskOptions[] { new() { Delay = TimeSpan.FromSeconds(1) }, new() { NotBefore = DateTimeOffset.UtcNow } })
        {
            var exception = await Assert.ThrowsAsync<ArgumentException>(() => _tasks.SendBroadcastAsync("news", "Send", null, options));
            Assert.Contains("cannot be delayed", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_with_both_sizes()
    {
        var directive = new ContractDirective { Title = new string('t', 200) };
        var exception = await Assert.ThrowsAsync<TaskTooLargeException>(() => _tasks.AddTaskAsync("orders", "Send", directive));
        Assert.Equal(100, exception.Limit);
        Assert.InRange(exception.Size, 201, 300);
    }

    [Fact]
    public async Task Without_a_broker_it_says_so_after_the_timeout()
    {
        var exception = await Assert.ThrowsAsync<BrokerUnavailableException>(() => _tasks.AddTaskAsync("orders", "Send", null, new() { TaskId = new TaskId("t-1") }));
        Assert.Equal("t-1", exception.TaskId.Value);
        Assert.Contains("127.0.0.1:1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("It was never sent.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_a_shutdown_finds_unsent_is_told_so()
    {
        IOptions<BrokerQueuesOptions> patient = Options.Create(new BrokerQueuesOptions { Uri = new("amqp://127.0.0.1:1") });
        await using var publisher = new ConfirmingPublisher(_connections, patient, TimeProvider.System, NullLoggerFactory.Instance);
        Task<TaskId> publish = Tasks(publisher, new NodeIdentity(patient), patient).AddTaskAsync("orders", "Send");
        await publisher.DisposeAsync();
        var exception = await Assert.ThrowsAsync<TaskPublishException>(() => publish);
        Assert.Contains("the program is shutting down. It was never sent. Publish it again.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directive_that_cannot_be_written_is_a_wrong_argument_that_names_queue_and_type_and_cause()
    {
        var looped = new Looped();
        looped.Next = looped;
        foreach (Func<Task> call in new Func<Task>[] { () => _tasks.AddTaskAsync("orders", "Send", looped), () => _tasks.SendBroadcastAsync("orders", "Send", looped) })
        {
            var exception = await Assert.ThrowsAsync<ArgumentException>(call);
            Assert.Contains("The directive Looped for queue 'orders' (task type 'Send') is not published.", exception.Message, StringComparison.Ordinal);
            Assert.Contains("its member 'Next' holds an object that it is a part of itself", exception.Message, StringComparison.OrdinalIgnoreCase);
            Assert.Equal("directive", exception.ParamName);
        }
    }

    [Fact]
    public async Task A_directive_of_many_that_cannot_be_written_is_that_task_s_failure()
    {
        var looped = new Looped();
        looped.Next = looped;
        var exception = await Assert.ThrowsAsync<AddTasksException>(() => _tasks.AddTasksAsync([new("orders", "Send", looped), new("orders", "")]));
        Assert.Equal([0, 1], exception.Failures.Select(failure => failure.Index));
        Assert.All(exception.Failures, failure => Assert.IsAssignableFrom<ArgumentException>(failure.Error));
    }

    [Fact]
    public async Task One_wrong_task_of_many_is_that_task_s_failure_and_the_rest_of_the_sequence_is_read()
    {
        int read = 0;
        IEnumerable<NewTask> Tasks()
        {
            foreach (string type in new[] { "", new string('t', 256), "" })
            {
                read++;
                yield return new NewTask("orders", type);
            }
        }

        var exception = await Assert.ThrowsAsync<AddTasksException>(() => _tasks.AddTasksAsync(Tasks()));
        Assert.Equal(3, read);
        Assert.Equal([0, 1, 2], exception.Failures.Select(failure => failure.Index));
        Assert.All(exception.Failures, failure => Assert.IsAssignableFrom<ArgumentException>(failure.Error));
        Assert.Empty(exception.Confirmed);
    }

    [Fact]
    public async Task A_sequence_that_breaks_off_is_told_with_what_was_read()
    {
        static IEnumerable<NewTask> Tasks()
        {
            yield return new NewTask("orders", "");
            throw new FormatException("Line 2 is no order.");
        }

        var exception = await Assert.ThrowsAsync<AddTasksException>(() => _tasks.AddTasksAsync(Tasks()));
        Assert.IsType<FormatException>(exception.InnerException);
        Assert.Single(exception.Failures);
    }

    [Fact]
    public async Task No_tasks_are_no_error() => Assert.Empty(await _tasks.AddTasksAsync([]));

    private static TaskManager Tasks(ConfirmingPublisher publisher, NodeIdentity node, IOptions<BrokerQueuesOptions> options)
    {
        var names = new BrokerNames(options.Value.Prefix);
        return new TaskManager(publisher, new TaskComposer(names, node, options, new DirectiveJson(), TimeProvider.System), new TaskPublishErrors(names, options));
    }

    private sealed class Looped : TaskDirective
    {
        public Looped? Next { get; set; }
    }
}

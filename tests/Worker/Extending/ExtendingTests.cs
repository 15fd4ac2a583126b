using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.TestKit;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using BrokerQueues.Worker.Tests.Pipeline;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrokerQueues.Worker.Tests.Extending;

/// <summary>The examples of docs/extending.md work, and stand there as they stand here.</summary>
public sealed class ExtendingTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2026-01-05T07:00:00Z", System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public async Task Every_class_that_the_document_shows_is_the_one_that_is_tested()
    {
        string root = TestBroker.RepositoryRoot();
        string document = await File.ReadAllTextAsync(Path.Combine(root, "docs", "extending.md"));
        const string Language = "csharp\n";
        string[] shown = [.. document.Split("```")
            .Where(block => block.StartsWith(Language + "internal sealed", StringComparison.Ordinal)).Select(block => block[Language.Length..].TrimEnd())];
        string[] tested = [.. Directory.GetFiles(Path.Combine(root, "tests", "Worker", "Extending"), "*.cs")
            .Where(file => Path.GetFileName(file) != "ExtendingTests.cs").Select(File.ReadAllText)];

        Assert.Equal(tested.Length, shown.Length);
        Assert.All(shown, code => Assert.Contains(tested, file => file.TrimEnd().EndsWith(code, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_step_sees_what_the_steps_before_it_found_out()
    {
        var tries = new ConcurrentDictionary<string, int>();
        var step = new CountTriesStep(tries);
        await step.ExecuteAsync(new TaskExecution { Task = Processor.NewTask(), Outcome = ExecutionOutcome.Of(TaskProcessingJobResult.Fail) });
        await step.ExecuteAsync(new TaskExecution { Task = Processor.NewTask(), Outcome = ExecutionOutcome.Of(TaskProcessingJobResult.Complete) });
        await step.ExecuteAsync(new TaskExecution());

        Assert.Equal(2, tries["Send"]);
    }

    [Fact]
    public async Task A_gate_holds_a_queue_back_until_it_opens()
    {
        var gate = new OpeningHoursGate(new TimeOnly(8, 0), new TimeOnly(18, 0), _time);
        bool isClosed = false;
        Task open = gate.WhenOpenAsync(() => isClosed = true, default);
        Assert.True(isClosed);
        Assert.Equal(GateAnswer.Closed, await gate.MayStartAsync(null!, default));
        Assert.Contains("08:00", gate.Hold!.Reason, StringComparison.Ordinal);

        for (int minute = 0; minute < 60; minute++)
        {
            Assert.False(open.IsCompleted);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        await open.WaitAsync(Eventually.Deadline);
        Assert.Equal(GateAnswer.Open, await gate.MayStartAsync(null!, default));
        Assert.Null(gate.Hold);
    }

    [Fact]
    public async Task A_node_service_works_from_its_start_to_its_stop()
    {
        var running = new RunningTasks(_time);
        var told = new ConcurrentQueue<RunningTask>();
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var slots = new TaskSlots(1, async execution =>
        {
            execution.Task = Processor.NewTask();
            execution.RunningSince = _time.GetTimestamp();
            begun.SetResult();
            await release.Task;
        }, default);
        running.Add("orders", slots);
        var service = new LongRunnersService(running, _time, told.Enqueue);
        await service.StartAsync(default);
        Assert.True(slots.TryAdd(new Delivery(null!, 1, redelivered: false, Processor.NewTask().Properties, default)));
        await begun.Task.WaitAsync(Eventually.Deadline);

        _time.Advance(TimeSpan.FromMinutes(60));
        Assert.Empty(told);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("task-1", Assert.Single(told).TaskId.Value);

        await service.StopAsync(default);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(told);
        release.SetResult();
    }

    [Fact]
    public void A_serializer_gives_back_what_it_was_given()
    {
        IDirectiveSerializer serializer = new SystemTextDirectives();
        Assert.Equal(7, Assert.IsType<Order>(serializer.Read(serializer.Write(new Order { Number = 7 }), typeof(Order))).Number);
        Assert.Null(serializer.Read(default, typeof(Order)));
    }

    [Fact]
    public void What_a_directive_may_be_is_told_by_the_serializer_that_reads_it()
    {
        MethodInfo method = typeof(ExtendingTests).GetMethod(nameof(ProcessMarked), BindingFlags.Static | BindingFlags.NonPublic)!;
        var mistakes = new List<string>();
        Assert.NotNull(ProcessorBinder.Bind(method, mistakes, new SystemTextDirectives()));
        Assert.Null(ProcessorBinder.Bind(method, mistakes, new DirectiveJson()));
        Assert.Contains("[JsonIgnore] of System.Text.Json", Assert.Single(mistakes), StringComparison.Ordinal);
    }

    private static void ProcessMarked(ITaskProcessingJob<Marked> job)
    {
    }

    private sealed class Marked : TaskDirective
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public int Left { get; set; }
    }

    [Fact]
    public async Task A_body_that_a_serializer_cannot_read_makes_its_task_incompatible()
    {
        Assert.Null((await BindAsync("""{"Number":7}""")).Outcome);
        Assert.True((await BindAsync("""{"Number":""")).Outcome!.Value.IsIncompatible);
    }

    [Fact]
    public async Task A_middleware_sees_the_job_and_goes_on()
    {
        var bench = new RunBench();
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(bench));
        bench.Middleware.Add(new OldTaskLog(_time, loggers.CreateLogger<OldTaskLog>()));
        Assert.Equal(TaskProcessingJobResult.Complete, (await bench.RunAsync(Processor.Returning(TaskProcessingJobResult.Complete))).Result);
        Assert.Equal(1, Assert.Single(bench.Log).Event);
    }

    private static async Task<TaskExecution> BindAsync(string body)
    {
        var execution = new TaskExecution { Task = Processor.NewTask() };
        execution.Begin(new Delivery(null!, 1, redelivered: false, execution.Task.Properties, Encoding.UTF8.GetBytes(body)), default);
        var processor = new BoundProcessor(Processor.Of((_, _) => Task.CompletedTask), [], null!, TimeProvider.System, NullLogger.Instance);
        await new BindStep(new Dictionary<string, BoundProcessor>(StringComparer.Ordinal) { ["Send"] = processor }, new SystemTextDirectives()).ExecuteAsync(execution);
        return execution;
    }
}

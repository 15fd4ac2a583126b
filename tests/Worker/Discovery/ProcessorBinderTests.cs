using System.Reflection;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using BrokerQueues.Worker.Tests.Pipeline;
using Microsoft.Extensions.Time.Testing;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Discovery;

public sealed class ProcessorBinderTests
{
    public abstract class AbstractOrder : TaskDirective;

    public sealed class OrderWithoutDefault(int number) : TaskDirective
    {
        public int Number { get; } = number;
    }

    public sealed class OrderWithPrivateConstructor : TaskDirective
    {
        private OrderWithPrivateConstructor()
        {
        }

        public static OrderWithPrivateConstructor Make() => new();
    }

    public sealed record OrderRecord(int Number, string Text) : ITaskDirective;

    public sealed class Orders : List<int>, ITaskDirective;

    public sealed record TwoConstructors(int Number) : ITaskDirective
    {
        public TwoConstructors(string text)
            : this(text.Length)
        {
        }
    }

    public sealed class ForeignAttributes : TaskDirective
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public string? Secret { get; set; }
    }

    public sealed class Unsendable : TaskDirective
    {
        public CancellationToken Token { get; set; }
    }

    public sealed class SameNames : TaskDirective
    {
        [Newtonsoft.Json.JsonProperty("a")]
        public int One { get; set; }

        [Newtonsoft.Json.JsonProperty("a")]
        public int Other { get; set; }
    }

    private sealed class HiddenOrder : TaskDirective;

#pragma warning disable CA1068, CA1859, MA0022 // Right and wrong shapes both: that is what is tested.
    private sealed class Shapes
    {
        public static List<(string Method, object? Directive, CancellationToken Token)> Calls { get; } = [];

        private readonly string _name = "instance";

        public void Void(ITaskProcessingJob<Order> job) => _ = Note(nameof(Void), job.Directive, default);

        public Task TaskWithToken(ITaskProcessingJob<Order> job, CancellationToken token) => Note(nameof(TaskWithToken), job.Directive, token);

        public Task TokenFirst(CancellationToken token, ITaskProcessingJob<Order> job) => Note(nameof(TokenFirst), job.Directive, token);

        public ValueTask ValueTaskDone(ITaskProcessingJob job) => new(Note(nameof(ValueTaskDone), null, default));

        public async ValueTask ValueTaskLater(ITaskProcessingJob job)
        {
            await Task.Yield();
            await Note(nameof(ValueTaskLater), null, default);
        }

        public async Task TaskLater(ITaskProcessingJob job)
        {
            await Task.Yield();
            await Note(nameof(TaskLater), null, default);
        }

        public async Task<TaskProcessingJobResult> Result(ITaskProcessingJob<Order> job, CancellationToken token)
        {
            await Task.Yield();
            await Note(nameof(Result), job.Directive, token);
            return Cancel;
        }

        public static Task Static(ITaskProcessingJob<Order> job) => Record(nameof(Static), job.Directive, default);

        public static void StaticVoid(ITaskProcessingJob job) => _ = Record(nameof(StaticVoid), null, default);

        private Task Private(ITaskProcessingJob<HiddenOrder> job) => Note(nameof(Private), job.Directive, default);

        internal Task Internal(ITaskProcessingJob<Order> job, CancellationToken a, CancellationToken b) => Note(nameof(Internal), job.Directive, a == b ? a : default);

        // Through the instance, so that a call without a target fails.
        private Task Note(string method, object? directive, CancellationToken token) =>
            _name == "instance" ? Record(method, directive, token) : throw new InvalidOperationException();

        private static Task Record(string method, object? directive, CancellationToken token)
        {
            Calls.Add((method, directive, token));
            return Task.CompletedTask;
        }

        public void ThrowsInVoid(ITaskProcessingJob job) => throw new IOException(_name);

        public Task ThrowsInTask(ITaskProcessingJob job) => throw new IOException(_name);

        public async Task ThrowsLater(ITaskProcessingJob job)
        {
            await Task.Yield();
            throw new IOException(_name);
        }

        public ValueTask ThrowsInValueTask(ITaskProcessingJob job) => ValueTask.FromException(new IOException(_name));

        public Task<TaskProcessingJobResult> ThrowsInResult(ITaskProcessingJob job) => Task.FromException<TaskProcessingJobResult>(new IOException(_name));

        public Task NullTask(ITaskProcessingJob job) => null!;

        public Task<TaskProcessingJobResult> NullResult(ITaskProcessingJob job) => null!;

        public async void AsyncVoid(ITaskProcessingJob job) => await Task.Yield();

        public int ReturnsInt(ITaskProcessingJob job) => 1;

        public TaskProcessingJobResult ReturnsResult(ITaskProcessingJob job) => Complete;

        public Task<int> ReturnsTaskOfInt(ITaskProcessingJob job) => Task.FromResult(1);

        public ValueTask<TaskProcessingJobResult> ReturnsValueTaskOfResult(ITaskProcessingJob job) => new(Complete);

        public Task NoJob(CancellationToken token) => Task.CompletedTask;

        public Task Nothing() => Task.CompletedTask;

        public Task TwoJobs(ITaskProcessingJob a, ITaskProcessingJob<Order> b) => Task.CompletedTask;

        public Task TakesService(ITaskProcessingJob job, HttpClient client) => Task.CompletedTask;

        public Task TakesDirective(Order order) => Task.CompletedTask;

        public Task ByReference(in ITaskProcessingJob job) => Task.CompletedTask;

        public Task Generic<T>(ITaskProcessingJob job) => Task.FromResult(typeof(T));

        public Task OfBase(ITaskProcessingJob<TaskDirective> job) => Task.CompletedTask;

        public Task OfAbstract(ITaskProcessingJob<AbstractOrder> job) => Task.CompletedTask;

        public Task OfNoDefault(ITaskProcessingJob<OrderWithoutDefault> job) => Task.CompletedTask;

        public Task OfPrivateConstructor(ITaskProcessingJob<OrderWithPrivateConstructor> job) => Task.CompletedTask;

        public Task OfRecord(ITaskProcessingJob<OrderRecord> job) => Task.CompletedTask;

        public Task OfInterface(ITaskProcessingJob<ITaskDirective> job) => Task.CompletedTask;

        public Task OfCollection(ITaskProcessingJob<Orders> job) => Task.CompletedTask;

        public Task OfTwoConstructors(ITaskProcessingJob<TwoConstructors> job) => Task.CompletedTask;

        public Task OfForeignAttributes(ITaskProcessingJob<ForeignAttributes> job) => Task.CompletedTask;

        public Task OfUnsendable(ITaskProcessingJob<Unsendable> job) => Task.CompletedTask;

        public Task OfSameNames(ITaskProcessingJob<SameNames> job) => Task.CompletedTask;
    }
#pragma warning restore CA1068, CA1859, MA0022

    private static MethodInfo Method(string name) =>
        typeof(Shapes).GetMethod(name, BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;

    private static async Task<TaskProcessingJobResult> InvokeAsync(string method, CancellationToken token = default)
    {
        var mistakes = new List<string>();
        (ProcessorInvoker Invoke, JobFactory CreateJob, Type? DirectiveType)? bound = ProcessorBinder.Bind(Method(method), mistakes);
        Assert.Equal([], mistakes);
        TaskProcessingJob job = bound!.Value.CreateJob.Create(Processor.NewTask(), null, new JobContext("orders", 0, new FakeTimeProvider(), default));
        return await bound.Value.Invoke(Method(method).IsStatic ? null : new Shapes(), job, token);
    }

    [Theory]
    [InlineData("Void", Complete, typeof(Order), false)]
    [InlineData("TaskWithToken", Complete, typeof(Order), true)]
    [InlineData("TokenFirst", Complete, typeof(Order), true)]
    [InlineData("ValueTaskDone", Complete, null, false)]
    [InlineData("ValueTaskLater", Complete, null, false)]
    [InlineData("TaskLater", Complete, null, false)]
    [InlineData("Result", Cancel, typeof(Order), true)]
    [InlineData("Static", Complete, typeof(Order), false)]
    [InlineData("StaticVoid", Complete, null, false)]
    [InlineData("Private", Complete, typeof(HiddenOrder), false)]
    [InlineData("Internal", Complete, typeof(Order), true)]
    public async Task An_allowed_shape_is_called_with_what_it_asks_for(string method, TaskProcessingJobResult result, Type? directive, bool token)
    {
        Shapes.Calls.Clear();
        using var cancelled = new CancellationTokenSource();
        Assert.Equal(result, await InvokeAsync(method, cancelled.Token));
        (string called, object? got, CancellationToken gotToken) = Assert.Single(Shapes.Calls);
        Assert.Equal((method, directive), (called, got?.GetType()));
        Assert.Equal(token ? cancelled.Token : default, gotToken);
    }

    [Theory]
    [InlineData("Void", typeof(Order))]
    [InlineData("Private", typeof(HiddenOrder))]
    [InlineData("TaskLater", null)]
    public void The_directive_is_the_one_the_method_names(string method, Type? directive) =>
        Assert.Equal(directive, ProcessorBinder.Bind(Method(method), [])!.Value.DirectiveType);

    [Theory]
    [InlineData("OfRecord", typeof(OrderRecord))]
    [InlineData("OfNoDefault", typeof(OrderWithoutDefault))]
    [InlineData("OfPrivateConstructor", typeof(OrderWithPrivateConstructor))]
    public void A_directive_that_can_be_made_of_its_JSON_needs_no_constructor_without_parameters(string method, Type directive)
    {
        var mistakes = new List<string>();
        Assert.Equal(directive, ProcessorBinder.Bind(Method(method), mistakes)?.DirectiveType);
        Assert.Equal([], mistakes);
    }

    [Theory]
    [InlineData("ThrowsInVoid")]
    [InlineData("ThrowsInTask")]
    [InlineData("ThrowsLater")]
    [InlineData("ThrowsInValueTask")]
    [InlineData("ThrowsInResult")]
    public async Task What_the_method_throws_comes_out_as_it_is(string method) =>
        Assert.Equal("instance", (await Assert.ThrowsAsync<IOException>(() => InvokeAsync(method))).Message);

    [Theory]
    [InlineData("NullTask")]
    [InlineData("NullResult")]
    public async Task A_null_task_is_a_Fail_and_no_crash(string method)
    {
        ProcessorInvoker invoke = ProcessorBinder.Bind(Method(method), [])!.Value.Invoke;
        ExecutionOutcome outcome = await new RunBench().RunAsync(Processor.Of((_, job, token) => invoke(new Shapes(), job, token)));
        Assert.Equal(Fail, outcome.Result);
        Assert.NotNull(outcome.Error);
    }

    [Theory]
    [InlineData("AsyncVoid", "Shapes.AsyncVoid is 'async void'", "Return Task instead")]
    [InlineData("ReturnsInt", "Shapes.ReturnsInt returns Int32", "A processor returns void, Task, ValueTask or Task<TaskProcessingJobResult>")]
    [InlineData("ReturnsResult", "Shapes.ReturnsResult returns TaskProcessingJobResult", "A processor returns")]
    [InlineData("ReturnsTaskOfInt", "Shapes.ReturnsTaskOfInt returns Task`1", "A processor returns")]
    [InlineData("ReturnsValueTaskOfResult", "Shapes.ReturnsValueTaskOfResult returns ValueTask`1", "A processor returns")]
    [InlineData("NoJob", "Shapes.NoJob must take the job exactly once", "Write for example")]
    [InlineData("Nothing", "Shapes.Nothing must take the job exactly once", "Write for example")]
    [InlineData("TwoJobs", "Shapes.TwoJobs must take the job exactly once", "Write for example")]
    [InlineData("TakesService", "the parameter 'client' of type HttpClient", "Take services in the constructor of Shapes")]
    [InlineData("Generic", "Shapes.Generic is generic", "Write for example")]
    [InlineData("OfBase", "The directive TaskDirective of Shapes.OfBase is abstract", "Write a class or a record")]
    [InlineData("OfAbstract", "The directive AbstractOrder of Shapes.OfAbstract is abstract", "Write a class or a record")]
    [InlineData("OfInterface", "The directive ITaskDirective of Shapes.OfInterface is an interface", "Write a class or a record")]
    [InlineData("OfCollection", "The directive Orders of Shapes.OfCollection is a collection", "put the collection into a member of it")]
    [InlineData("OfForeignAttributes", "The directive ForeignAttributes of Shapes.OfForeignAttributes cannot be sent: its member 'Secret' has [JsonIgnore] of System.Text.Json", "Write [JsonIgnore] of Newtonsoft.Json")]
    [InlineData("OfUnsendable", "The directive Unsendable of Shapes.OfUnsendable cannot be sent: its member 'Token' is a System.Threading.CancellationToken", "a processor is given a token of its own")]
    [InlineData("OfSameNames", "The directive SameNames of Shapes.OfSameNames cannot be written as JSON: A member with the name 'a' already exists", "JsonPropertyAttribute")]
    [InlineData("OfTwoConstructors", "The directive TwoConstructors of Shapes.OfTwoConstructors has no constructor", "[JsonConstructor]")]
    public void Another_shape_is_a_mistake_that_names_the_method_and_says_what_to_write(string method, string what, string advice)
    {
        var mistakes = new List<string>();
        Assert.Null(ProcessorBinder.Bind(Method(method), mistakes));
        string mistake = Assert.Single(mistakes);
        Assert.Contains(what, mistake, StringComparison.Ordinal);
        Assert.Contains(advice, mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TakesDirective")]
    [InlineData("ByReference")]
    public void A_parameter_in_the_place_of_the_job_is_one_mistake_and_not_two(string method)
    {
        var mistakes = new List<string>();
        Assert.Null(ProcessorBinder.Bind(Method(method), mistakes));
        Assert.Contains("which nothing can fill", Assert.Single(mistakes), StringComparison.Ordinal);
    }
}

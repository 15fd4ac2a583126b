using System.Reflection;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace BrokerQueues.Worker.Tests.Discovery;

/// <summary>What an assembly holds beside the processors is no reason not to start, and nothing that is marked is passed over without a word.</summary>
public sealed class ScanTests
{
    private readonly ServiceCollection _services = new();

    // One class of a plug-in that was not deployed, and the worker did not start.
    [Fact]
    public void What_loads_of_an_assembly_is_used_and_what_does_not_is_told()
    {
        var assembly = new FakeAssembly(typeof(Good)) { DoesNotLoad = "Could not load file or assembly 'Plugin'" };

        ProcessorRegistrations registrations = Scan(assembly);
        registrations.QueueAssemblies.Add(assembly);
        var catalog = ProcessorCatalog.Build(registrations, new WorkerOptions());

        Assert.Equal("A", Assert.Single(catalog.Processors).TaskType);
        Assert.Contains("'Plugin'", Assert.Single(registrations.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void An_assembly_that_does_not_load_at_all_is_told_and_the_others_are_used()
    {
        ProcessorRegistrations registrations = Scan(new FakeAssembly { Broken = true }, new FakeAssembly(typeof(Good)));
        Assert.Single(ProcessorCatalog.Build(registrations, new WorkerOptions()).Processors);
        Assert.Single(registrations.LeftOut);
    }

    [Fact]
    public void Abstract_and_open_generic_bases_are_served_by_what_derives_from_them()
    {
        ProcessorRegistrations registrations = Scan(new FakeAssembly(typeof(AbstractBase), typeof(GenericBase<>), typeof(OfAbstract), typeof(OfGeneric)));

        Assert.Equal([typeof(OfAbstract), typeof(OfGeneric)], registrations.ProcessorTypes);
        Assert.Empty(registrations.LeftOut);
        Assert.Equal(["A", "G"], ProcessorCatalog.Build(registrations, new WorkerOptions()).Processors.Select(processor => processor.TaskType).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(typeof(AbstractBase), "is abstract")]
    [InlineData(typeof(GenericBase<>), "is an open generic class")]
    [InlineData(typeof(IMarked), "is an interface")]
    public void What_cannot_be_resolved_and_has_no_class_that_derives_from_it_is_told(Type type, string why)
    {
        ProcessorRegistrations registrations = Scan(new FakeAssembly(typeof(Good), type));
        Assert.Single(ProcessorCatalog.Build(registrations, new WorkerOptions()).Processors);
        string told = Assert.Single(registrations.LeftOut);
        Assert.Contains(type.FullName!, told, StringComparison.Ordinal);
        Assert.Contains(why, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_static_class_is_no_abstract_base() => Assert.Equal([typeof(StaticProcessors)], Scan(new FakeAssembly(typeof(StaticProcessors))).ProcessorTypes);

    // It was ignored without a word.
    [Fact]
    public async Task A_private_processor_of_a_base_class_is_found_and_runs()
    {
        ProcessorDescriptor processor = Assert.Single(Build(typeof(OfPrivate)).Processors);
        var target = new OfPrivate();
        await processor.Invoke(target, null!, default);
        Assert.True(target.HasRun);
    }

    [Fact]
    public void A_static_processor_that_two_classes_inherit_is_one_processor() =>
        Assert.Equal(["S", "T", "U"], Build(typeof(FirstOfStatic), typeof(SecondOfStatic)).Processors.Select(processor => processor.TaskType).Order(StringComparer.Ordinal));

    [Fact]
    public void A_processor_that_two_classes_inherit_is_a_mistake_that_names_the_base()
    {
        string mistake = Assert.Single(Mistakes(typeof(OfAbstract), typeof(OtherOfAbstract)));
        Assert.Contains("have it from AbstractBase, add only one", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(Unmarked), "Mark the method of Unmarked")]
    [InlineData(typeof(IMarked), "is an interface")]
    [InlineData(typeof(Struct), "or the struct a class")]
    [InlineData(typeof(ClosedToAll), "has no public constructor")]
    [InlineData(typeof(GenericBase<>), "Add a closed class")]
    [InlineData(typeof(AbstractBase), "or the class concrete")]
    [InlineData(typeof(Plain), "has no method marked [TaskProcessor]")]
    public void What_cannot_be_bound_is_a_mistake_that_says_what_to_write(Type type, string advice) =>
        Assert.Contains(Mistakes(type), mistake => mistake.Contains(advice, StringComparison.Ordinal));

    [Fact]
    public void A_class_that_is_marked_beside_its_interface_is_fine() => Assert.Single(Build(typeof(Marked)).Processors);

    [Fact]
    public void A_class_without_a_public_constructor_may_come_out_of_a_factory()
    {
        _services.AddTransient(_ => ClosedToAll.Create());
        Assert.Single(Build(typeof(ClosedToAll)).Processors);
    }

    private ProcessorRegistrations Scan(params FakeAssembly[] assemblies)
    {
        var builder = new WorkerBuilder(_services, new ProcessorRegistrations { Services = _services, QueueAssemblies = { typeof(Queues).Assembly } });
        foreach (FakeAssembly assembly in assemblies)
        {
            builder.AddProcessorsFromAssembly(assembly);
        }

        return builder.Registrations;
    }

    private ProcessorCatalog Build(params Type[] types)
    {
        var builder = new WorkerBuilder(_services, new ProcessorRegistrations { Services = _services });
        foreach (Type type in types)
        {
            builder.AddProcessorsFrom(type);
        }

        return ProcessorCatalog.Build(builder.Registrations, new WorkerOptions());
    }

    private IReadOnlyList<string> Mistakes(params Type[] types) => Assert.Throws<WorkerConfigurationException>(() => Build(types)).Mistakes;

    private sealed class FakeAssembly(params Type[] types) : Assembly
    {
        public string? DoesNotLoad { get; init; }

        public bool Broken { get; init; }

        public override AssemblyName GetName() => new("Fake");

        public override Type[] GetTypes() =>
            Broken ? throw new BadImageFormatException("Bad image.") :
            DoesNotLoad is null ? types :
            throw new ReflectionTypeLoadException([.. types, null], [new FileNotFoundException(DoesNotLoad)]);
    }

    private sealed class Good
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private abstract class AbstractBase
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OfAbstract : AbstractBase;

    private sealed class OtherOfAbstract : AbstractBase;

    private class GenericBase<T>
        where T : TaskDirective, new()
    {
        [TaskProcessor(Queues.Concurrent, "G")]
        public Task RunAsync(ITaskProcessingJob<T> job) => Task.CompletedTask;
    }

    private sealed class OfGeneric : GenericBase<EmptyTaskDirective>;

    private static class StaticProcessors
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private class WithPrivate
    {
        public bool HasRun { get; private set; }

        [TaskProcessor(Queues.Concurrent, "P")]
        private Task RunAsync(ITaskProcessingJob job)
        {
            HasRun = true;
            return Task.CompletedTask;
        }
    }

    private sealed class OfPrivate : WithPrivate;

    private abstract class WithStatic
    {
        [TaskProcessor(Queues.Concurrent, "S")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class FirstOfStatic : WithStatic
    {
        [TaskProcessor(Queues.Concurrent, "T")]
        public Task FirstAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class SecondOfStatic : WithStatic
    {
        [TaskProcessor(Queues.Concurrent, "U")]
        public Task SecondAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private interface IMarked
    {
        [TaskProcessor(Queues.Concurrent, "I")]
        Task RunAsync(ITaskProcessingJob job);
    }

    private sealed class Unmarked : IMarked
    {
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class Marked : IMarked
    {
        [TaskProcessor(Queues.Concurrent, "I")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private struct Struct
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public readonly Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class ClosedToAll
    {
        private ClosedToAll()
        {
        }

        public static ClosedToAll Create() => new();

        [TaskProcessor(Queues.Concurrent, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class Plain;
}

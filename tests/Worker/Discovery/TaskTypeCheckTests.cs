using BrokerQueues.Worker.Discovery;

namespace BrokerQueues.Worker.Tests.Discovery;

public sealed class TaskTypeCheckTests
{
    private static (IReadOnlyList<string> Mistakes, IReadOnlyCollection<string> LeftOut) Check<T>()
    {
        var registrations = new ProcessorRegistrations();
        registrations.ProcessorTypes.Add(typeof(T));
        try
        {
            ProcessorCatalog.Build(registrations, new WorkerOptions());
            return ([], registrations.LeftOut);
        }
        catch (WorkerConfigurationException exception)
        {
            return (exception.Mistakes, registrations.LeftOut);
        }
    }

    [Fact]
    public void A_processor_of_another_directive_than_its_task_type_says_is_a_mistake_that_names_both_and_says_what_to_write()
    {
        string mistake = Assert.Single(Check<Contradicting>().Mistakes);
        Assert.Contains("Contradicting.RunAsync reads the task type 'Field' of queue 'types.field' as Other", mistake, StringComparison.Ordinal);
        Assert.Contains("TaskTypes.Field, by which it is published, says Sent", mistake, StringComparison.Ordinal);
        Assert.Contains("Write ITaskProcessingJob<Sent> there, or TaskType<Other> here", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_field_a_property_and_a_computed_one_are_looked_at_too_each_once()
    {
        IReadOnlyList<string> mistakes = Check<ContradictingMore>().Mistakes;
        Assert.Equal(3, mistakes.Count);
        Assert.All((string[])["TaskTypes.s_private,", "TaskTypes.Property,", "TaskTypes.Computed,"], name => Assert.Contains(mistakes, mistake => mistake.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_base_of_what_is_sent_is_another_directive() =>
        Assert.Contains("as Sent, and TaskTypes.Derived", Assert.Single(Check<ReadingTheBase>().Mistakes), StringComparison.Ordinal);

    [Fact]
    public void A_processor_of_the_same_directive_or_of_none_is_right()
    {
        Assert.Equal([], Check<Agreeing>().Mistakes);
        Assert.Equal([], Check<NotLooking>().Mistakes);
    }

    [Fact]
    public void A_declaration_that_throws_ends_no_scan_and_is_told()
    {
        Broken.IsBroken = true;
        try
        {
            (IReadOnlyList<string> mistakes, IReadOnlyCollection<string> leftOut) = Check<Contradicting>();
            Assert.Single(mistakes);
            Assert.Contains(leftOut, left => left.Contains("Broken.Thrown cannot be read", StringComparison.Ordinal) && left.Contains("it is broken", StringComparison.Ordinal));
        }
        finally
        {
            Broken.IsBroken = false;
        }
    }

    public record Sent(int Number) : ITaskDirective;

    public sealed record SentMore(int Number) : Sent(Number);

    public sealed record Other(int Number) : ITaskDirective;

    public static class TaskTypes
    {
        [TaskQueue]
        public const string FieldQueue = "types.field";

        [TaskQueue]
        public const string MoreQueue = "types.more";

        public static readonly TaskType<Sent> Field = new(FieldQueue, "Field");

        public static readonly TaskType<SentMore> Derived = new(MoreQueue, "Derived");

        private static readonly TaskType<Sent> s_private = new(MoreQueue, "Private");

        public static TaskType<Sent> Property { get; } = new(MoreQueue, "Property");

        public static TaskType<Sent> Computed => new(MoreQueue, "Computed");

        public static TaskType<Sent>? None => null;
    }

    public static class Broken
    {
        // Other tests look through this assembly at the same time.
        [ThreadStatic]
        private static bool t_isBroken;

        public static bool IsBroken
        {
            get => t_isBroken;
            set => t_isBroken = value;
        }

        public static TaskType<Sent>? Thrown => IsBroken ? throw new InvalidOperationException("it is broken") : null;
    }

    private sealed class Contradicting
    {
        [TaskProcessor(TaskTypes.FieldQueue, "Field")]
        public Task RunAsync(ITaskProcessingJob<Other> job) => Task.CompletedTask;

        [TaskProcessor(TaskTypes.FieldQueue, "Unknown")]
        public Task OtherAsync(ITaskProcessingJob<Other> job) => Task.CompletedTask;
    }

    private sealed class ContradictingMore
    {
        [TaskProcessor(TaskTypes.MoreQueue, "Property")]
        [TaskProcessor(TaskTypes.MoreQueue, "Computed")]
        public Task RunAsync(ITaskProcessingJob<Other> job) => Task.CompletedTask;

        [TaskProcessor(TaskTypes.MoreQueue, "Private")]
        public Task PrivateAsync(ITaskProcessingJob<EmptyTaskDirective> job) => Task.CompletedTask;
    }

    private sealed class ReadingTheBase
    {
        [TaskProcessor(TaskTypes.MoreQueue, "Derived")]
        public Task RunAsync(ITaskProcessingJob<Sent> job) => Task.CompletedTask;
    }

    private sealed class Agreeing
    {
        [TaskProcessor(TaskTypes.FieldQueue, "Field")]
        [TaskProcessor(TaskTypes.MoreQueue, "Property")]
        public Task RunAsync(ITaskProcessingJob<Sent> job) => Task.CompletedTask;
    }

    private sealed class NotLooking
    {
        [TaskProcessor(TaskTypes.FieldQueue, "Field")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }
}

using System.Reflection;
using BrokerQueues.Worker.Discovery;

namespace BrokerQueues.Worker.Tests.Discovery;

public sealed class ExceptionRuleCheckTests
{
    private static class Contradictions
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        [TaskProcessor(Queues.Concurrent, "B")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(IOException), typeof(FormatException))]
        [TaskExceptionBehavior(TaskProcessingJobResult.Requeue, typeof(IOException))]
        [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, "http:429")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Requeue, "HTTP:429")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(IOException))]
    [TaskExceptionBehavior(TaskProcessingJobResult.Retry, typeof(IOException))]
    private class ContradictingClass
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public virtual Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "B")]
        public Task RunOtherAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OfContradictingClass : ContradictingClass;

    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(IOException), typeof(IOException))]
    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(IOException), typeof(Exception))]
    [TaskExceptionBehavior(TaskProcessingJobResult.Requeue, typeof(TimeoutException))]
    [TaskExceptionBehavior(TaskProcessingJobResult.Requeue, "http:5xx")]
    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, "http:501")]
    private class Agreeing
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Retry, typeof(IOException))]
        public virtual Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(TimeoutException))]
    private sealed class Overriding : Agreeing
    {
        [TaskExceptionBehavior(TaskProcessingJobResult.Cancel, typeof(IOException))]
        public override Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class Listed<T> : Exception;

    private static class NeverAsked
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(AggregateException), typeof(TargetInvocationException), typeof(TaskResultException), typeof(Listed<>))]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private static class Endless
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Abort, typeof(IOException))]
        [TaskExceptionBehavior(TaskProcessingJobResult.Abort, "http:503")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private static ProcessorCatalog Build(Type type)
    {
        var registrations = new ProcessorRegistrations();
        registrations.ProcessorTypes.Add(type);
        return ProcessorCatalog.Build(registrations, new WorkerOptions());
    }

    private static IReadOnlyList<string> Mistakes(Type type) => Assert.Throws<WorkerConfigurationException>(() => Build(type)).Mistakes;

    [Fact]
    public void One_exception_or_code_with_two_results_is_a_mistake_told_once_for_a_method_with_several_task_types() => Assert.Equal(
        [
            "Contradictions.RunAsync: [TaskExceptionBehavior] maps IOException to Fatal and to Requeue. It can mean one result: leave one of them.",
            "Contradictions.RunAsync: [TaskExceptionBehavior] maps the error code \"http:429\" to Fatal and to Requeue. It can mean one result: leave one of them.",
        ],
        Mistakes(typeof(Contradictions)));

    [Theory]
    [InlineData(typeof(ContradictingClass))]
    [InlineData(typeof(OfContradictingClass))]
    public void The_same_at_a_class_is_told_once_for_all_its_processors(Type type) => Assert.Equal(
        ["ContradictingClass: [TaskExceptionBehavior] maps IOException to Fatal and to Retry. It can mean one result: leave one of them."], Mistakes(type));

    [Theory]
    [InlineData(typeof(Agreeing))]
    [InlineData(typeof(Overriding))]
    public void The_same_result_twice_and_what_goes_before_by_its_place_are_no_contradiction(Type type) => Assert.Single(Build(type).Processors);

    [Fact]
    public void A_rule_for_an_exception_about_which_none_is_asked_is_a_mistake()
    {
        IReadOnlyList<string> mistakes = Mistakes(typeof(NeverAsked));
        Assert.Equal(4, mistakes.Count);
        Assert.Contains("NeverAsked.RunAsync: [TaskExceptionBehavior] names AggregateException, which is looked into: no rule is asked about it. Name the exceptions that it carries.", mistakes);
        Assert.Contains(mistakes, mistake => mistake.Contains("names TargetInvocationException, which is looked into", StringComparison.Ordinal));
        Assert.Contains(mistakes, mistake => mistake.Contains("names TaskResultException, which says its result itself", StringComparison.Ordinal));
        Assert.Contains(mistakes, mistake => mistake.Contains("names Listed`1, which is an open generic type", StringComparison.Ordinal));
    }

    [Fact]
    public void An_exception_that_would_run_its_task_without_an_end_is_a_mistake() => Assert.StartsWith(
        "Endless.RunAsync: [TaskExceptionBehavior] maps an exception to Abort, which puts the task back with no attempt counted: it would run again and again without an end. Write Requeue",
        Assert.Single(Mistakes(typeof(Endless))), StringComparison.Ordinal);
}

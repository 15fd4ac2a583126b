using System.Reflection;
using System.Reflection.Emit;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Worker.Discovery;

namespace BrokerQueues.Worker.Tests.Discovery;

public sealed class ProcessorCatalogTests
{
    private static ProcessorCatalog Build(WorkerOptions options, params Type[] types)
    {
        var registrations = new ProcessorRegistrations();
        registrations.ProcessorTypes.UnionWith(types);
        return ProcessorCatalog.Build(registrations, options);
    }

    private static ProcessorCatalog Build(params Type[] types) => Build(new WorkerOptions { MaxTotalConcurrency = 10_000 }, types);

    private static IReadOnlyList<string> Mistakes(params Type[] types) => Assert.Throws<WorkerConfigurationException>(() => Build(types)).Mistakes;

    private static QueueDefinition QueueOf(Type type) => Assert.Single(Build(type).Queues);

    private sealed class OnConcurrent
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "B", Timeout = "00:01:00", MaxRetries = 0, MaxRequeues = 7, TransactionMode = TransactionMode.Full)]
        [TaskProcessor(Queues.Sequential, "B")]
        private static void Tuned(ITaskProcessingJob job)
        {
        }
    }

    private sealed class OnBroadcast
    {
        [TaskProcessor(Queues.Broadcast, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Broadcast, "B", TransactionMode = TransactionMode.Hybrid)]
        public Task HybridAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OnTuned
    {
        [TaskProcessor(Queues.Tuned, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OnWide
    {
        [TaskProcessor(Queues.Wide, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OnSequential
    {
        [TaskProcessor(Queues.Sequential, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OnTwice
    {
        [TaskProcessor(Queues.Twice, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OnPrivate
    {
        [TaskProcessor("catalog.private", "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [Fact]
    public void A_concurrent_queue_runs_five_at_a_time_and_takes_twice_as_many() =>
        Assert.Equal((5, 10, 20), (QueueOf(typeof(OnConcurrentOnly)).MaxConcurrency, QueueOf(typeof(OnConcurrentOnly)).Prefetch, QueueOf(typeof(OnConcurrentOnly)).DeliveryLimit));

    private static class OnConcurrentOnly
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [Fact]
    public void A_sequential_queue_runs_one_at_a_time_and_takes_no_more()
    {
        QueueDefinition queue = QueueOf(typeof(OnSequential));
        Assert.Equal((TaskQueueBehavior.Sequential, 1, 1), (queue.Behavior, queue.MaxConcurrency, queue.Prefetch));
        Assert.Equal((RequeuePlacement.Tail, FailureBehavior.Halt), (queue.RequeuePlacement, queue.OnFailure));
    }

    [Fact]
    public void A_broadcast_runs_one_at_a_time_takes_two_and_keeps_the_lease_of_the_options()
    {
        QueueDefinition queue = Assert.Single(Build(new WorkerOptions { BroadcastLease = TimeSpan.FromMinutes(3) }, typeof(OnBroadcast)).Queues);
        Assert.Equal((TaskQueueBehavior.Broadcast, 1, 2, TimeSpan.FromMinutes(3)), (queue.Behavior, queue.MaxConcurrency, queue.Prefetch, queue.BroadcastLease));
    }

    [Fact]
    public void Numbers_that_are_given_are_kept()
    {
        Assert.Equal((12, 30, 3), (QueueOf(typeof(OnTuned)).MaxConcurrency, QueueOf(typeof(OnTuned)).Prefetch, QueueOf(typeof(OnTuned)).DeliveryLimit));
        Assert.Equal((12, 24), (QueueOf(typeof(OnWide)).MaxConcurrency, QueueOf(typeof(OnWide)).Prefetch));
    }

    [Fact]
    public void What_only_says_what_happens_anyway_is_no_mistake()
    {
        Assert.Equal(FailureBehavior.Continue, QueueOf(typeof(OnContinuing)).OnFailure);
        Assert.Equal(2, Build(typeof(AtTheLimit)).Processors.Count);
    }

    private static class OnContinuing
    {
        [TaskProcessor(Queues.Continuing, "A")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private static class AtTheLimit
    {
        [TaskProcessor(Queues.Concurrent, "A", TransactionMode = TransactionMode.Full, Timeout = "00:01:30")]
        [TaskProcessor(Queues.Broadcast, "A", MaxRequeues = 0)]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [Fact]
    public void A_queue_may_be_declared_twice_in_the_same_way_and_by_a_private_constant()
    {
        Assert.Equal("catalog.twice", QueueOf(typeof(OnTwice)).QueueId);
        Assert.Equal(Queues.OfPrivate, QueueOf(typeof(OnPrivate)).QueueId);
    }

    [Fact]
    public void Queues_that_no_processor_names_are_left_out() =>
        Assert.Equal([Queues.Concurrent, Queues.Sequential], Build(typeof(OnConcurrent)).Queues.Select(queue => queue.QueueId).Order(StringComparer.Ordinal));

    [Fact]
    public void A_processor_is_described_as_it_is_marked()
    {
        IReadOnlyDictionary<string, ProcessorDescriptor> processors = Build(typeof(OnConcurrent)).ProcessorsOf(Queues.Concurrent);
        Assert.Equal(["A", "B"], processors.Keys.Order(StringComparer.Ordinal));

        ProcessorDescriptor a = processors["A"];
        Assert.Equal((typeof(OnConcurrent), null, TransactionMode.Hybrid, null, 3, 5), (a.TargetType, a.DirectiveType, a.TransactionMode, a.Timeout, a.MaxRetries, a.MaxRequeues));
        ProcessorDescriptor b = processors["B"];
        Assert.Equal((null, TransactionMode.Full, TimeSpan.FromMinutes(1), 0, 7), (b.TargetType, b.TransactionMode, b.Timeout, b.MaxRetries, b.MaxRequeues));
    }

    [Fact]
    public void A_method_may_process_more_than_one_queue() =>
        Assert.Equal(["B"], Build(typeof(OnConcurrent)).ProcessorsOf(Queues.Sequential).Keys);

    [Fact]
    public void The_processor_of_a_broadcast_is_Unsafe_unless_it_says_otherwise()
    {
        IReadOnlyDictionary<string, ProcessorDescriptor> processors = Build(typeof(OnBroadcast)).ProcessorsOf(Queues.Broadcast);
        Assert.Equal(TransactionMode.Unsafe, processors["A"].TransactionMode);
        Assert.Equal(TransactionMode.Hybrid, processors["B"].TransactionMode);
    }

    [TaskExceptionBehavior(TaskProcessingJobResult.Requeue, typeof(IOException))]
    private sealed class WithRules
    {
        [TaskProcessor(Queues.Concurrent, "A")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, "http:400")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [Fact]
    public void The_rules_of_the_method_stand_before_those_of_its_class()
    {
        IReadOnlyList<IReadOnlyList<TaskExceptionBehaviorAttribute>> rules = Build(typeof(WithRules)).Processors.Single().ExceptionRules;
        Assert.Equal([TaskProcessingJobResult.Fatal, TaskProcessingJobResult.Requeue], rules.Select(list => list.Single().Result));
    }

    // Mistakes. A class for each, all of them told together below.

    private sealed class BadQueues
    {
        [TaskProcessor(Queues.TwoKinds, "A")]
        [TaskProcessor(Queues.TwoLimits, "A")]
        [TaskProcessor(Queues.Reserved, "A")]
        [TaskProcessor(Queues.Wildcard, "A")]
        [TaskProcessor(Queues.Parking, "A")]
        [TaskProcessor(Queues.Parking2, "A")]
        [TaskProcessor(Queues.Parking3, "A")]
        [TaskProcessor(Queues.Negative, "A")]
        [TaskProcessor(Queues.TooMany, "A")]
        [TaskProcessor(Queues.SequentialTwo, "A")]
        [TaskProcessor(Queues.SequentialTwoAhead, "A")]
        [TaskProcessor(Queues.BadBoth, "A")]
        [TaskProcessor(Queues.LowPrefetch, "A")]
        [TaskProcessor(Queues.HighPrefetch, "A")]
        [TaskProcessor(Queues.NoLimit, "A")]
        [TaskProcessor(Queues.HighLimit, "A")]
        [TaskProcessor(Queues.None, "A")]
        [TaskProcessor(Queues.SequentialNone, "A")]
        [TaskProcessor(Queues.NoPrefetch, "A")]
        [TaskProcessor(Queues.WrittenOut, "A")]
        [TaskProcessor(Queues.HaltingConcurrent, "A")]
        [TaskProcessor(Queues.HaltingBroadcast, "A")]
        [TaskProcessor(Queues.PlacedConcurrent, "A")]
        [TaskProcessor(Queues.ConcurrentFromOthers, "A")]
        [TaskProcessor(Queues.SequentialFromOthers, "A")]
        [TaskProcessor(Queues.NoFilter, "A")]
        [TaskProcessor(Queues.TwoFilters, "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class BadProcessors
    {
        [TaskProcessor(Queues.Undeclared, "A")]
        public Task Undeclared(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "Same")]
        public Task First(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "Same")]
        public Task Second(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "")]
        public Task NoType(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé")]
        public Task LongType(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "T1", Timeout = "soon")]
        public Task Timeout1(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "T2", Timeout = "00:00:00")]
        public Task Timeout2(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "T3", Timeout = "7.00:00:01")]
        public Task Timeout3(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "T4", Timeout = "5")]
        public Task Timeout4(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "T5", Timeout = "5:30")]
        public Task Timeout5(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "T6", Timeout = "")]
        public Task Timeout6(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "A1", MaxAge = "3")]
        public Task MaxAge1(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "A2", MaxAge = "621.00:00:00")]
        public Task MaxAge2(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "R1", MaxRetries = -1)]
        public Task Retries1(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "R2", MaxRetries = 101)]
        public Task Retries2(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "R3", MaxRequeues = -1)]
        public Task Requeues1(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "R4", MaxRequeues = 1_000_001)]
        public Task Requeues2(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "F1", TransactionMode = TransactionMode.Full, Timeout = "00:01:31")]
        public Task LongFull(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Broadcast, "B1", MaxRequeues = 3)]
        public Task RequeuedBroadcast(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Broadcast, "B2", MaxAge = "01:00:00", MaxRequeues = 0)]
        public Task AgedBroadcast(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "S1")]
        public async void AsyncVoid(ITaskProcessingJob job) => await Task.Yield();

        [TaskProcessor(Queues.Concurrent, "S2")]
        public int Returns(ITaskProcessingJob job) => 1;

        [TaskProcessor(Queues.Concurrent, "E1")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(string))]
        public Task NoException(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "E2")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, "429")]
        public Task NoKind(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "E5")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, "htp:500", "http:5xx", "http:abc")]
        public Task Unknown(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "E3")]
        [TaskExceptionBehavior(TaskProcessingJobResult.Complete, typeof(IOException))]
        public Task Success(ITaskProcessingJob job) => Task.CompletedTask;

        [TaskProcessor(Queues.Concurrent, "E4")]
        [TaskExceptionBehavior((TaskProcessingJobResult)42, typeof(IOException))]
        public Task NoResult(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [TaskExceptionBehavior(TaskProcessingJobResult.Fatal, typeof(int))]
    private sealed class BadClassRule
    {
        [TaskProcessor(Queues.Concurrent, "C1")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private abstract class AbstractProcessors
    {
        [TaskProcessor(Queues.Concurrent, "C2")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class NoProcessors
    {
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private sealed class OpenGeneric<T>
        where T : TaskDirective, new()
    {
        [TaskProcessor(Queues.Concurrent, "C3")]
        public Task RunAsync(ITaskProcessingJob<T> job) => Task.CompletedTask;
    }

    private static readonly string[][] s_sentences =
    [
        ["The queue 'bad.two-kinds' is declared differently by Queues.TwoKinds (Concurrent, ", ") and Queues.TwoKindsAgain (Sequential, ", "Declare it once"],
        ["The queue 'bad.two-limits' is declared differently by Queues.TwoLimits", "Declare it once"],
        ["Queues.Reserved: The queue id 'bq.bad' begins with a reserved name", "Choose another"],
        ["Queues.Wildcard: The queue id 'bad.*' has a character", "Choose another"],
        ["The queue id 'bad.orders.failed' ends in '.failed', which is what the parking queue of 'bad.orders' is called", "Choose another"],
        ["The queue id 'bad.orders.fatal' ends in '.fatal'", "Choose another"],
        ["The queue id 'bad.orders.incompatible' ends in '.incompatible'", "Choose another"],
        ["Queues.Negative: MaxConcurrency is -1", "from 1 to 1000"],
        ["Queues.TooMany: MaxConcurrency is 1001", "from 1 to 1000"],
        ["Queues.SequentialTwo: the queue is sequential and MaxConcurrency is 2", "leave MaxConcurrency out"],
        ["Queues.BadBoth: MaxConcurrency is -1", "from 1 to 1000"],
        ["Queues.BadBoth: Prefetch is -1", "from 1 to 65535"],
        ["Queues.LowPrefetch: Prefetch is 9", "from MaxConcurrency (10) to 65535"],
        ["Queues.HighPrefetch: Prefetch is 65536", "from MaxConcurrency (5) to 65535"],
        ["Queues.NoLimit: DeliveryLimit is 0", "from 1 to 1,000,000"],
        ["Queues.HighLimit: DeliveryLimit is 1000001", "from 1 to 1,000,000"],
        ["Queues.ConcurrentFromOthers: BroadcastFilter is FromOthersOnly, and the queue is no broadcast but Concurrent", "Leave BroadcastFilter out, or make it Broadcast"],
        ["Queues.SequentialFromOthers: BroadcastFilter is FromOthersOnly, and the queue is no broadcast but Sequential", "Leave BroadcastFilter out, or make it Broadcast"],
        ["Queues.NoFilter: BroadcastFilter is 2", "Write All or FromOthersOnly"],
        ["The queue 'bad.two-filters' is declared differently by Queues.TwoFilters", "Declare it once"],
        ["BadProcessors.Undeclared processes the queue 'catalog.undeclared', which is not declared", "[TaskQueue] public const string QueueId = \"catalog.undeclared\";"],
        ["BadProcessors.Second is a second processor of the task type 'Same' of queue 'catalog.concurrent'", "rename one"],
        ["BadProcessors.NoType: a task type has 1 to 255 bytes", ""],
        ["BadProcessors.LongType: a task type has 1 to 255 bytes", ""],
        ["BadProcessors.Timeout1: Timeout is \"soon\"", "such as \"00:05:00\""],
        ["BadProcessors.Timeout2: Timeout is \"00:00:00\"", "such as"],
        ["BadProcessors.Timeout3: Timeout is \"7.00:00:01\"", "up to 7 days"],
        ["BadProcessors.Timeout4: Timeout is \"5\"", "hours, minutes and seconds"],
        ["BadProcessors.Timeout5: Timeout is \"5:30\"", "hours, minutes and seconds"],
        ["BadProcessors.MaxAge1: MaxAge is \"3\"", "such as \"12:00:00\""],
        ["BadProcessors.MaxAge2: MaxAge is \"621.00:00:00\"", "up to 620 days"],
        ["BadProcessors.Timeout6: Timeout is \"\"", "hours, minutes and seconds"],
        ["BadProcessors.Unknown: [TaskExceptionBehavior] names the error code \"htp:500\"", "correct it"],
        ["BadProcessors.Unknown: [TaskExceptionBehavior] names the error code \"http:abc\"", "\"http:5xx\""],
        ["Queues.None: MaxConcurrency is 0; it must be from 1 to 1000.", "Leave it out for the default"],
        ["Queues.SequentialNone: MaxConcurrency is 0; it must be from 1 to 1000.", "Leave it out for the default"],
        ["Queues.NoPrefetch: Prefetch is 0", "from MaxConcurrency (5) to 65535"],
        ["The queue 'bad.written-out' is declared differently by Queues.WrittenOut (Concurrent, MaxConcurrency 5, ", "Queues.WrittenOutAgain (Concurrent, MaxConcurrency default, "],
        ["Queues.HaltingConcurrent: the queue is Concurrent and OnFailure is Halt", "leave OnFailure out (failed tasks go to .failed and .fatal, and the others run on), or write Behavior = TaskQueueBehavior.Sequential."],
        ["Queues.HaltingBroadcast: the queue is Broadcast and OnFailure is Halt", "leave OnFailure out"],
        ["Queues.HaltingBroadcast: the queue is Broadcast and RequeuePlacement is Tail. A broadcast is never requeued", "leave RequeuePlacement out"],
        ["Queues.PlacedConcurrent: the queue is Concurrent and RequeuePlacement is Head. Only a sequential queue", "leave RequeuePlacement out"],
        ["BadProcessors.LongFull: Timeout is \"00:01:31\", and TransactionMode.Full ends an execution after 90 s", "Lower the Timeout or leave it out"],
        ["BadProcessors.RequeuedBroadcast processes the broadcast 'catalog.broadcast' and has a MaxRequeues of 3", "Leave it out"],
        ["BadProcessors.AgedBroadcast processes the broadcast 'catalog.broadcast' and has a MaxAge", "Leave it out"],
        ["BadProcessors.Retries1: MaxRetries is -1", "from 0 to 100"],
        ["BadProcessors.Retries2: MaxRetries is 101", "from 0 to 100"],
        ["BadProcessors.Requeues1: MaxRequeues is -1", "from 0 to 1,000,000"],
        ["BadProcessors.Requeues2: MaxRequeues is 1000001", "from 0 to 1,000,000"],
        ["BadProcessors.AsyncVoid is 'async void'", "Return Task"],
        ["BadProcessors.Returns returns Int32", "A processor returns"],
        ["BadProcessors.NoException: [TaskExceptionBehavior] names String, which is no exception", ""],
        ["BadProcessors.NoKind: [TaskExceptionBehavior] names the error code \"429\"", "such as \"http:429\""],
        ["BadProcessors.Success: [TaskExceptionBehavior] maps an exception to Complete", "Catch the exception"],
        ["BadProcessors.NoResult: [TaskExceptionBehavior] maps an exception to 42", ""],
        ["BadClassRule: [TaskExceptionBehavior] names Int32", ""],
        ["AbstractProcessors.RunAsync is a method of an abstract class", "Make it static, or the class concrete"],
        ["NoProcessors has no method marked [TaskProcessor]", "Mark one, or do not add the class"],
        ["OpenGeneric`1.RunAsync is generic", "Write for example"],
    ];

    [Theory]
    [InlineData("Queues.Negative:")]
    [InlineData("Queues.TooMany:")]
    [InlineData("Queues.SequentialTwo:")]
    [InlineData("Queues.SequentialTwoAhead:")]
    public void A_wrong_concurrency_is_no_mistake_of_the_prefetch_as_well(string queue) =>
        Assert.Contains("MaxConcurrency is", Assert.Single(Mistakes(s_bad), mistake => mistake.StartsWith(queue, StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void What_was_left_out_of_a_declaration_is_called_the_default() => Assert.Contains(
        "Queues.TwoLimits (Concurrent, MaxConcurrency default, Prefetch default, DeliveryLimit 7,",
        Assert.Single(Mistakes(s_bad), mistake => mistake.Contains("'bad.two-limits'", StringComparison.Ordinal)), StringComparison.Ordinal);

    public static TheoryData<string[]> Sentences => new(s_sentences);

    private static readonly Type[] s_bad =
        [typeof(BadQueues), typeof(BadProcessors), typeof(BadClassRule), typeof(AbstractProcessors), typeof(NoProcessors), typeof(OpenGeneric<>)];

    [Theory]
    [MemberData(nameof(Sentences))]
    public void A_mistake_is_told_once_with_its_place_and_what_to_write(string[] sentence)
    {
        string mistake = Assert.Single(Mistakes(s_bad), mistake => mistake.Contains(sentence[0], StringComparison.Ordinal));
        Assert.Contains(sentence[1], mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_in_one_message()
    {
        var exception = Assert.Throws<WorkerConfigurationException>(() => Build(s_bad));
        Assert.All(s_sentences, sentence => Assert.Contains(Environment.NewLine + "  - " + exception.Mistakes.Single(mistake => mistake.Contains(sentence[0], StringComparison.Ordinal)), exception.Message, StringComparison.Ordinal));
        Assert.StartsWith($"The worker cannot start: {exception.Mistakes.Count} mistake(s)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_processor_it_says_how_to_add_one() =>
        Assert.Contains("AddProcessorsFrom<T>()", Assert.Single(Mistakes()), StringComparison.Ordinal);

    [Theory]
    [InlineData(12, false)]
    [InlineData(13, true)]
    public void The_sum_of_all_concurrency_is_bounded(int limit, bool fits)
    {
        // 12 and 1.
        var options = new WorkerOptions { MaxTotalConcurrency = limit };
        if (fits)
        {
            Assert.Equal(2, Build(options, typeof(OnTuned), typeof(OnSequential)).Queues.Count);
            return;
        }

        string mistake = Assert.Single(Assert.Throws<WorkerConfigurationException>(() => Build(options, typeof(OnTuned), typeof(OnSequential))).Mistakes);
        Assert.Contains("together run 13 tasks at a time", mistake, StringComparison.Ordinal);
        Assert.Contains("catalog.tuned: 12", mistake, StringComparison.Ordinal);
        Assert.Contains("catalog.sequential: 1", mistake, StringComparison.Ordinal);
        Assert.Contains("MaxTotalConcurrency is 12", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NotConstant", FieldAttributes.Public | FieldAttributes.Static)]
    [InlineData("NotText", FieldAttributes.Public | FieldAttributes.Static | FieldAttributes.Literal | FieldAttributes.HasDefault)]
    public void A_queue_must_be_a_constant_text(string name, FieldAttributes attributes)
    {
        // In an assembly of its own: such a field is a mistake of every worker that looks through its assembly.
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Contracts"), AssemblyBuilderAccess.RunAndCollect);
        TypeBuilder type = assembly.DefineDynamicModule("Contracts").DefineType("Contract", TypeAttributes.Public);
        bool literal = attributes.HasFlag(FieldAttributes.Literal);
        FieldBuilder field = type.DefineField(name, literal ? typeof(int) : typeof(string), attributes);
        field.SetCustomAttribute(new CustomAttributeBuilder(typeof(TaskQueueAttribute).GetConstructor([])!, []));
        if (literal)
        {
            field.SetConstant(7);
        }

        type.CreateType();
        var registrations = new ProcessorRegistrations { ProcessorTypes = { typeof(OnSequential) }, QueueAssemblies = { assembly } };
        string mistake = Assert.Single(Assert.Throws<WorkerConfigurationException>(() => ProcessorCatalog.Build(registrations, new WorkerOptions())).Mistakes);
        Assert.Contains($"Contract.{name} is marked [TaskQueue] and is no constant text. Write: public const string {name} = ", mistake, StringComparison.Ordinal);
    }
}

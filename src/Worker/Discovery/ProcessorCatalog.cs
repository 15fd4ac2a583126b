using System.Globalization;
using System.Reflection;
using System.Text;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Worker.Discovery;

/// <summary>All queues and processors of a worker, checked together.</summary>
internal sealed class ProcessorCatalog
{
    private const int MaxPrefetch = ushort.MaxValue;
    private const int MaxConcurrencyOfAQueue = 1000;
    private const int MaxShortStringBytes = 255;
    private const int DefaultConcurrency = 5;

    private static readonly string[] s_suffixes = [".failed", ".fatal", ".incompatible"];
    private static readonly TimeSpan s_maxTimeout = TimeSpan.FromDays(7);

    private readonly List<string> _mistakes = [];

    // Those with a mistake of their own too, which are not in _queues.
    private readonly HashSet<string> _declaredQueueIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QueueDefinition> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<(string QueueId, string TaskType), ProcessorDescriptor> _processors = [];

    private ProcessorCatalog()
    {
    }

    public IReadOnlyCollection<QueueDefinition> Queues => _queues.Values;

    public IReadOnlyCollection<ProcessorDescriptor> Processors => _processors.Values;

    /// <exception cref="WorkerConfigurationException">Something is wrong; all of it is said.</exception>
    public static ProcessorCatalog Build(ProcessorRegistrations registrations, WorkerOptions options)
    {
        var catalog = new ProcessorCatalog();
        var methods = registrations.ProcessorTypes
            .SelectMany(type => ProcessorMethods(type).SelectMany(method => method.GetCustomAttributes<TaskProcessorAttribute>()
                .Select(attribute => (Type: type, Method: method, Attribute: attribute))))
            .ToList();

        foreach (Type type in registrations.ProcessorTypes.Where(type => !HasProcessors(type)))
        {
            catalog._mistakes.Add($"{type.Name} has no method marked [TaskProcessor]. Mark one, or do not add the class.");
        }

        if (registrations.ProcessorTypes.Count == 0)
        {
            catalog._mistakes.Add("No processors were added. Call worker.AddProcessorsFrom<T>() in AddWorker; a program that only publishes does not need AddWorker.");
        }

        HashSet<Assembly> assemblies = [.. registrations.QueueAssemblies, .. registrations.ProcessorTypes.Select(type => type.Assembly)];
        HashSet<string> wanted = [.. methods.Select(method => method.Attribute.QueueId)];
        catalog.AddQueues(assemblies, wanted, options);
        foreach ((Type type, MethodInfo method, TaskProcessorAttribute attribute) in methods)
        {
            catalog.AddProcessor(type, method, attribute);
        }

        catalog.CheckNamesAgainstEachOther();
        int total = catalog.Queues.Sum(queue => queue.MaxConcurrency);
        if (total > options.MaxTotalConcurrency)
        {
            catalog._mistakes.Add(
                $"The queues together run {total} tasks at a time ({string.Join(", ", catalog.Queues.Select(queue => $"{queue.QueueId}: {queue.MaxConcurrency}"))}), " +
                $"and MaxTotalConcurrency is {options.MaxTotalConcurrency}. Lower MaxConcurrency of some, or raise MaxTotalConcurrency.");
        }

        return catalog._mistakes.Count == 0 ? catalog : throw new WorkerConfigurationException(catalog._mistakes);
    }

    public static bool HasProcessors(Type type) => type is { IsClass: true } && ProcessorMethods(type).Any();

    public IReadOnlyDictionary<string, ProcessorDescriptor> ProcessorsOf(string queueId) =>
        Processors.Where(processor => processor.QueueId == queueId).ToDictionary(processor => processor.TaskType, StringComparer.Ordinal);

    private static IEnumerable<MethodInfo> ProcessorMethods(Type type) => type
        .GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy)
        .Where(method => method.IsDefined(typeof(TaskProcessorAttribute)));

    private void AddQueues(IEnumerable<Assembly> assemblies, HashSet<string> wanted, WorkerOptions options)
    {
        IEnumerable<FieldInfo> fields = assemblies
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => field.IsDefined(typeof(TaskQueueAttribute)));
        var declaredBy = new Dictionary<string, (string Field, TaskQueueAttribute Attribute)>(StringComparer.Ordinal);
        foreach (FieldInfo field in fields)
        {
            string where = $"{field.DeclaringType!.Name}.{field.Name}";
            if (!field.IsLiteral || field.GetRawConstantValue() is not string queueId)
            {
                _mistakes.Add($"{where} is marked [TaskQueue] and is no constant text. Write: public const string {field.Name} = \"my.queue\";");
                continue;
            }

            if (!wanted.Contains(queueId))
            {
                continue;
            }

            var attribute = field.GetCustomAttribute<TaskQueueAttribute>()!;
            if (declaredBy.TryGetValue(queueId, out (string Field, TaskQueueAttribute Attribute) first))
            {
                if (!SameDeclaration(first.Attribute, attribute))
                {
                    _mistakes.Add($"The queue '{queueId}' is declared differently by {first.Field} ({Describe(first.Attribute)}) and {where} ({Describe(attribute)}). Declare it once, and refer to that constant.");
                }

                continue;
            }

            declaredBy.Add(queueId, (where, attribute));
            _declaredQueueIds.Add(queueId);
            if (Define(queueId, where, attribute, options) is { } queue)
            {
                _queues.Add(queueId, queue);
            }
        }
    }

    private static bool SameDeclaration(TaskQueueAttribute a, TaskQueueAttribute b) =>
        a.Behavior == b.Behavior && a.MaxConcurrency == b.MaxConcurrency && a.Prefetch == b.Prefetch &&
        a.DeliveryLimit == b.DeliveryLimit && a.RequeuePlacement == b.RequeuePlacement && a.OnFailure == b.OnFailure;

    private static string Describe(TaskQueueAttribute attribute) =>
        $"{attribute.Behavior}, MaxConcurrency {OrDefault(attribute.MaxConcurrency)}, Prefetch {OrDefault(attribute.Prefetch)}, DeliveryLimit {attribute.DeliveryLimit}, " +
        $"{attribute.RequeuePlacement}, {attribute.OnFailure}";

    // What was written, not what it comes to: [TaskQueue] and [TaskQueue(MaxConcurrency = 5)] are told apart.
    private static string OrDefault(int number) => number == 0 ? "default" : number.ToString(CultureInfo.InvariantCulture);

    private QueueDefinition? Define(string queueId, string where, TaskQueueAttribute attribute, WorkerOptions options)
    {
        int before = _mistakes.Count;
        if (BrokerNames.CheckQueueId(queueId) is { } wrong)
        {
            _mistakes.Add($"{where}: {wrong}");
        }

        if (!Enum.IsDefined(attribute.Behavior) || !Enum.IsDefined(attribute.RequeuePlacement) || !Enum.IsDefined(attribute.OnFailure))
        {
            _mistakes.Add($"{where}: Behavior, RequeuePlacement or OnFailure has a value that does not exist. Use the names of the enumerations.");
        }

        bool sequential = attribute.Behavior == TaskQueueBehavior.Sequential;
        int concurrency = attribute.MaxConcurrency != 0 ? attribute.MaxConcurrency : attribute.Behavior == TaskQueueBehavior.Concurrent ? DefaultConcurrency : 1;
        int beforeConcurrency = _mistakes.Count;
        if (concurrency is < 1 or > MaxConcurrencyOfAQueue)
        {
            _mistakes.Add($"{where}: MaxConcurrency is {concurrency}; it must be from 1 to {MaxConcurrencyOfAQueue}.");
        }

        if (sequential && concurrency != 1)
        {
            _mistakes.Add($"{where}: the queue is sequential and MaxConcurrency is {concurrency}. A sequential queue runs one task at a time; leave MaxConcurrency out, or make it Concurrent.");
        }

        int prefetch = attribute.Prefetch != 0 ? attribute.Prefetch : sequential ? 1 : concurrency * 2;
        // A Prefetch that nobody wrote is no mistake, nor is one that is only too low for a MaxConcurrency that is wrong itself.
        bool isConcurrencyRight = _mistakes.Count == beforeConcurrency;
        if (attribute.Prefetch != 0 && (prefetch < (isConcurrencyRight ? concurrency : 1) || prefetch > MaxPrefetch))
        {
            _mistakes.Add($"{where}: Prefetch is {prefetch}; it must be from {(isConcurrencyRight ? $"MaxConcurrency ({concurrency})" : "1")} to {MaxPrefetch}.");
        }

        if (attribute.DeliveryLimit is < 1 or > 1_000_000)
        {
            _mistakes.Add($"{where}: DeliveryLimit is {attribute.DeliveryLimit}; it must be from 1 to 1,000,000.");
        }

        return _mistakes.Count > before ? null : new QueueDefinition
        {
            QueueId = queueId,
            Behavior = attribute.Behavior,
            MaxConcurrency = concurrency,
            Prefetch = (ushort)prefetch,
            DeliveryLimit = attribute.DeliveryLimit,
            RequeuePlacement = attribute.RequeuePlacement,
            OnFailure = attribute.OnFailure,
            BroadcastLease = options.BroadcastLease,
        };
    }

    private void AddProcessor(Type type, MethodInfo method, TaskProcessorAttribute attribute)
    {
        string name = $"{type.Name}.{method.Name}";
        int before = _mistakes.Count;
        if (string.IsNullOrEmpty(attribute.TaskType) || Encoding.UTF8.GetByteCount(attribute.TaskType) > MaxShortStringBytes)
        {
            _mistakes.Add($"{name}: a task type has 1 to {MaxShortStringBytes} bytes of UTF-8.");
        }

        bool declared = _queues.TryGetValue(attribute.QueueId ?? "", out QueueDefinition? queue);
        if (!declared && !_declaredQueueIds.Contains(attribute.QueueId ?? ""))
        {
            _mistakes.Add(
                $"{name} processes the queue '{attribute.QueueId}', which is not declared. Write: [TaskQueue] public const string QueueId = \"{attribute.QueueId}\"; " +
                "(and name its assembly with AddQueuesFromAssembly where that is another one).");
        }

        if (!method.IsStatic && type.IsAbstract)
        {
            _mistakes.Add($"{name} is a method of an abstract class, which cannot be resolved. Make it static, or the class concrete.");
        }

        TimeSpan? timeout = null;
        if (attribute.Timeout is { } text)
        {
            if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan parsed) || parsed < TimeSpan.FromMilliseconds(1) || parsed > s_maxTimeout)
            {
                _mistakes.Add($"{name}: Timeout is \"{text}\"; write hours, minutes and seconds up to 7 days, such as \"00:05:00\".");
            }

            timeout = parsed;
        }

        if (!Enum.IsDefined(attribute.TransactionMode))
        {
            _mistakes.Add($"{name}: TransactionMode has a value that does not exist. Use Hybrid, Full or Unsafe.");
        }

        if (attribute.MaxRetries is < 0 or > 100)
        {
            _mistakes.Add($"{name}: MaxRetries is {attribute.MaxRetries}; it must be from 0 to 100.");
        }

        if (attribute.MaxRequeues is < 0 or > 1_000_000)
        {
            _mistakes.Add($"{name}: MaxRequeues is {attribute.MaxRequeues}; it must be from 0 to 1,000,000.");
        }

        (ProcessorInvoker Invoke, Execution.JobFactory CreateJob, Type? DirectiveType)? bound = ProcessorBinder.Bind(method, _mistakes);
        var rules = new[] { method.GetCustomAttributes<TaskExceptionBehaviorAttribute>().ToList(), type.GetCustomAttributes<TaskExceptionBehaviorAttribute>().ToList() };
        foreach (TaskExceptionBehaviorAttribute rule in rules.SelectMany(list => list))
        {
            CheckRule(name, rule);
        }

        if (bound is null || queue is null || _mistakes.Count > before)
        {
            return;
        }

        var descriptor = new ProcessorDescriptor
        {
            QueueId = queue.QueueId,
            TaskType = attribute.TaskType,
            TargetType = method.IsStatic ? null : type,
            DirectiveType = bound.Value.DirectiveType,
            CreateJob = bound.Value.CreateJob,
            Invoke = bound.Value.Invoke,
            TransactionMode = !attribute.HasTransactionMode && queue.Behavior == TaskQueueBehavior.Broadcast ? TransactionMode.Unsafe : attribute.TransactionMode,
            Timeout = timeout,
            MaxRetries = attribute.MaxRetries,
            MaxRequeues = attribute.MaxRequeues,
            ExceptionRules = rules,
        };
        if (!_processors.TryAdd((descriptor.QueueId, descriptor.TaskType), descriptor))
        {
            _mistakes.Add($"{name} is a second processor of the task type '{descriptor.TaskType}' of queue '{descriptor.QueueId}'. A task type has one; rename one of the two types.");
        }
    }

    private void CheckRule(string name, TaskExceptionBehaviorAttribute rule)
    {
        foreach (Type type in rule.ExceptionTypes.Where(type => !typeof(Exception).IsAssignableFrom(type)))
        {
            _mistakes.Add($"{name}: [TaskExceptionBehavior] names {type?.Name}, which is no exception.");
        }

        foreach (string code in rule.ErrorCodes.Where(code => string.IsNullOrEmpty(code) || !code.Contains(':', StringComparison.Ordinal)))
        {
            _mistakes.Add($"{name}: [TaskExceptionBehavior] names the error code \"{code}\"; write kind and code, such as \"http:429\".");
        }

        if (!Enum.IsDefined(rule.Result) || rule.Result is TaskProcessingJobResult.Complete)
        {
            _mistakes.Add($"{name}: [TaskExceptionBehavior] maps an exception to {rule.Result}. Catch the exception in the processor where it means success.");
        }
    }

    private void CheckNamesAgainstEachOther()
    {
        foreach (string queueId in _queues.Keys)
        {
            foreach (string suffix in s_suffixes.Where(suffix => queueId.EndsWith(suffix, StringComparison.Ordinal)))
            {
                _mistakes.Add($"The queue id '{queueId}' ends in '{suffix}', which is what the parking queue of '{queueId[..^suffix.Length]}' is called. Choose another.");
            }
        }
    }
}

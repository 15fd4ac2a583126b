using System.Reflection;
using BrokerQueues.Broker.Hosting;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.Worker.Hosting;
using BrokerQueues.Worker.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace BrokerQueues.Worker.Discovery;

/// <summary>All queues and processors of a worker, checked together.</summary>
internal sealed class ProcessorCatalog
{
    private static readonly TimeSpan s_maxTimeout = TimeSpan.FromDays(7);

    private readonly List<string> _mistakes = [];
    private QueueCatalog _queues = QueueCatalog.Empty;
    private readonly Dictionary<(string QueueId, string TaskType), ProcessorDescriptor> _processors = [];

    // Static processors that have been found already.
    private readonly HashSet<(Module Module, int Token, string QueueId, string TaskType)> _staticMethods = [];
    private readonly ProcessorRegistrations _registrations;
    private readonly ExceptionRuleCheck _exceptionRules;
    private readonly IDirectiveSerializer? _directives;

    private ProcessorCatalog(ProcessorRegistrations registrations, ExceptionRuleCheck exceptionRules, IDirectiveSerializer? directives)
    {
        _registrations = registrations;
        _directives = directives;
        _exceptionRules = exceptionRules;
    }

    /// <summary>The queues that this node consumes.</summary>
    public IReadOnlyList<QueueDefinition> Queues => [.. _queues.Queues.Values.Where(queue => !_queues.DisabledQueueIds.Contains(queue.QueueId))];

    /// <summary>Those that it has processors for and does not consume, because their settings say so.</summary>
    public IReadOnlyList<QueueDefinition> DisabledQueues => [.. _queues.Queues.Values.Where(queue => _queues.DisabledQueueIds.Contains(queue.QueueId))];

    /// <summary>The processors of the queues that it consumes.</summary>
    public IReadOnlyList<ProcessorDescriptor> Processors => [.. _processors.Values.Where(processor => !_queues.DisabledQueueIds.Contains(processor.QueueId))];

    /// <exception cref="WorkerConfigurationException">Something is wrong; all of it is said.</exception>
    public static ProcessorCatalog Build(ProcessorRegistrations registrations, WorkerOptions options, IEnumerable<IErrorCodeProvider>? errorCodes = null, IDirectiveSerializer? directives = null)
    {
        var catalog = new ProcessorCatalog(registrations, new ExceptionRuleCheck(new ErrorCodeCheck(errorCodes ?? [])), directives);
        catalog._mistakes.AddRange(WorkerOptionsCheck.FindMistakes(options));
        bool areOptionsRight = catalog._mistakes.Count == 0;
        var methods = registrations.ProcessorTypes.SelectMany(catalog.FindMarked).ToList();

        if (registrations.ProcessorTypes.Count == 0)
        {
            catalog._mistakes.Add("No processors were added. Call worker.AddProcessorsFrom<T>() in AddWorker; a program that only publishes does not need AddWorker.");
        }

        HashSet<Assembly> assemblies = [.. registrations.QueueAssemblies, .. registrations.ProcessorTypes.Select(type => type.Assembly)];
        HashSet<string> wanted = [.. methods.Select(method => method.Attribute.QueueId)];
        catalog._queues = QueueCatalog.Read(assemblies, wanted, options, registrations.LeftOut, catalog._mistakes);
        foreach ((Type type, MethodInfo method, TaskProcessorAttribute attribute) in methods)
        {
            catalog.TryAddProcessor(type, method, attribute);
        }

        catalog._mistakes.AddRange(TaskTypeCheck.FindMistakes(assemblies, catalog._processors, registrations.LeftOut));
        int total = catalog.Queues.Sum(queue => queue.MaxConcurrency);
        if (areOptionsRight && total > options.MaxTotalConcurrency)
        {
            catalog._mistakes.Add(
                $"The queues together run {total} tasks at a time ({string.Join(", ", catalog.Queues.Select(queue => $"{queue.QueueId}: {queue.MaxConcurrency}"))}), " +
                $"and MaxTotalConcurrency is {options.MaxTotalConcurrency}. Lower MaxConcurrency of some, or raise MaxTotalConcurrency.");
        }

        // What a class, or a method with several task types, has wrong is found for each of them.
        return catalog._mistakes.Count == 0 ? catalog : throw new WorkerConfigurationException([.. catalog._mistakes.Distinct(StringComparer.Ordinal)]);
    }

    public IReadOnlyDictionary<string, ProcessorDescriptor> ProcessorsOf(string queueId) =>
        Processors.Where(processor => processor.QueueId == queueId).ToDictionary(processor => processor.TaskType, StringComparer.Ordinal);

    private List<(Type Type, MethodInfo Method, TaskProcessorAttribute Attribute)> FindMarked(Type type)
    {
        var marked = new List<(Type, MethodInfo, TaskProcessorAttribute)>();
        int before = _mistakes.Count;
        foreach (MethodInfo method in type.IsInterface ? [] : TypeScan.ProcessorMethods(type, _registrations.LeftOut))
        {
            try
            {
                // Classes with one base share its static methods.
                marked.AddRange(method.GetCustomAttributes<TaskProcessorAttribute>()
                    .Where(attribute => !method.IsStatic || _staticMethods.Add((method.Module, method.MetadataToken, attribute.QueueId, attribute.TaskType)))
                    .Select(attribute => (type, method, attribute)));
            }
#pragma warning disable CA1031 // What an attribute's constructor was given may not load.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _mistakes.Add($"{type.Name}.{method.Name}: its [TaskProcessor] cannot be read: {exception.Message}");
            }
        }

        foreach (MethodInfo method in TypeScan.UnseenInterfaceMethods(type, _registrations.LeftOut))
        {
            _mistakes.Add($"{method.DeclaringType!.Name}.{method.Name} is marked [TaskProcessor], and is a method of an interface, where it is not looked for. Mark the method of {type.Name}.");
        }

        if (type.IsInterface)
        {
            _mistakes.Add($"{type.Name} is an interface, which has no processors of its own. Add the class that implements it, with its methods marked [TaskProcessor].");
        }
        else if (marked.Count == 0 && _mistakes.Count == before && !TypeScan.ProcessorMethods(type, _registrations.LeftOut).Any(method => method.IsStatic))
        {
            _mistakes.Add($"{type.Name} has no method marked [TaskProcessor]. Mark one, or do not add the class.");
        }

        return marked;
    }

    private void TryAddProcessor(Type type, MethodInfo method, TaskProcessorAttribute attribute)
    {
        try
        {
            AddProcessor(type, method, attribute);
        }
#pragma warning disable CA1031 // The types of its parameters, or what its attributes were given, may not load.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _mistakes.Add($"{type.Name}.{method.Name} cannot be bound: {exception.Message} Deploy what is missing, or do not add the class.");
        }
    }

    private void AddProcessor(Type type, MethodInfo method, TaskProcessorAttribute attribute)
    {
        string name = $"{type.Name}.{method.Name}";
        int before = _mistakes.Count;
        if (string.IsNullOrEmpty(attribute.TaskType) || !ShortString.Fits(attribute.TaskType))
        {
            _mistakes.Add($"{name}: a task type has 1 to {ShortString.MaxBytes} bytes of UTF-8, and no half of a surrogate pair.");
        }

        bool declared = _queues.Queues.TryGetValue(attribute.QueueId ?? "", out QueueDefinition? queue);
        if (!declared && !_queues.DeclaredQueueIds.Contains(attribute.QueueId ?? ""))
        {
            _mistakes.Add(
                $"{name} processes the queue '{attribute.QueueId}', which is not declared. Write: [TaskQueue] public const string QueueId = \"{attribute.QueueId}\"; " +
                "(and name its assembly with AddQueuesFromAssembly where that is another one).");
        }

        if (!method.IsStatic && WhyNotResolved(type) is { } unresolvable)
        {
            _mistakes.Add($"{name} is a method of {unresolvable}");
        }

        TimeSpan? timeout = ReadTime(attribute.Timeout, TimeSpan.FromMilliseconds(1), s_maxTimeout, $"{name}: Timeout", "\"00:05:00\"");
        TimeSpan? maxAge = ReadTime(attribute.MaxAge, TimeSpan.FromSeconds(1), AddTaskOptions.MaxDelay, $"{name}: MaxAge", "\"12:00:00\" or \"3.00:00:00\"");
        if (!Enum.IsDefined(attribute.TransactionMode))
        {
            _mistakes.Add($"{name}: TransactionMode has a value that does not exist. Use Hybrid, Full or Unsafe.");
        }

        if (attribute.TransactionMode == TransactionMode.Full && timeout > BoundProcessor.FullTransactionLimit)
        {
            _mistakes.Add(
                $"{name}: Timeout is \"{attribute.Timeout}\", and TransactionMode.Full ends an execution after {BoundProcessor.FullTransactionLimit.TotalSeconds} s. " +
                "Lower the Timeout or leave it out, or write TransactionMode.Hybrid, which limits only the commit.");
        }

        if (attribute.MaxRetries is < 0 or > 100)
        {
            _mistakes.Add($"{name}: MaxRetries is {attribute.MaxRetries}; it must be from 0 to 100.");
        }

        if (attribute.MaxRequeues is < 0 or > 1_000_000)
        {
            _mistakes.Add($"{name}: MaxRequeues is {attribute.MaxRequeues}; it must be from 0 to 1,000,000.");
        }

        if (queue is { Behavior: TaskQueueBehavior.Broadcast } && (attribute.MaxAge is not null || attribute is { HasMaxRequeues: true, MaxRequeues: > 0 }))
        {
            _mistakes.Add(
                $"{name} processes the broadcast '{queue.QueueId}' and has a {(attribute.MaxAge is not null ? "MaxAge" : $"MaxRequeues of {attribute.MaxRequeues}")}. " +
                "A broadcast is never requeued: what fails is logged on its node. Leave it out; MaxRetries runs it again at once.");
        }

        (ProcessorInvoker Invoke, JobFactory CreateJob, Type? DirectiveType)? bound = ProcessorBinder.Bind(method, _mistakes, _directives);
        var rules = new[] { method.GetCustomAttributes<TaskExceptionBehaviorAttribute>().ToList(), type.GetCustomAttributes<TaskExceptionBehaviorAttribute>().ToList() };
        _mistakes.AddRange(_exceptionRules.FindMistakes(type, method));
        if (bound is null || queue is null || _mistakes.Count > before)
        {
            return;
        }

        var descriptor = new ProcessorDescriptor
        {
            QueueId = queue.QueueId,
            TaskType = attribute.TaskType,
            Method = method,
            TargetType = method.IsStatic ? null : type,
            DirectiveType = bound.Value.DirectiveType,
            CreateJob = bound.Value.CreateJob,
            Invoke = bound.Value.Invoke,
            TransactionMode = !attribute.HasTransactionMode && queue.Behavior == TaskQueueBehavior.Broadcast ? TransactionMode.Unsafe : attribute.TransactionMode,
            Timeout = timeout,
            MaxAge = maxAge,
            MaxRetries = attribute.MaxRetries,
            MaxRequeues = attribute.MaxRequeues,
            ExceptionRules = rules,
        };
        if (!_processors.TryAdd((descriptor.QueueId, descriptor.TaskType), descriptor))
        {
            _mistakes.Add(
                $"{name} is a second processor of the task type '{descriptor.TaskType}' of queue '{descriptor.QueueId}'. A task type has one; rename one of the two types" +
                (method.DeclaringType == type ? "." : $", or, where both classes have it from {method.DeclaringType!.Name}, add only one of them."));
        }
    }

    private TimeSpan? ReadTime(string? text, TimeSpan min, TimeSpan max, string what, string example)
    {
        if (text is null)
        {
            return null;
        }

        if (TimeText.TryRead(text, out TimeSpan time) && time >= min && time <= max)
        {
            return time;
        }

        _mistakes.Add($"{what} is \"{text}\"; write hours, minutes and seconds up to {max.TotalDays} days, such as {example}.");
        return null;
    }

    private string? WhyNotResolved(Type type)
    {
        if (type.IsValueType)
        {
            return "a struct, which cannot be resolved. Make it static, or the struct a class.";
        }

        if (type.IsAbstract)
        {
            return "an abstract class, which cannot be resolved. Make it static, or the class concrete.";
        }

        bool isOurs = _registrations.Services?.LastOrDefault(service => service.ServiceType == type && !service.IsKeyedService)?.ImplementationType == type;
        return isOurs && type.GetConstructors().Length == 0
            ? $"{type.Name}, which has no public constructor and cannot be resolved. Make one public, or register {type.Name} with a factory."
            : null;
    }
}

using System.Globalization;
using System.Reflection;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;

namespace BrokerQueues.Worker.Discovery;

/// <summary>The queues that processors name, as the fields marked with <see cref="TaskQueueAttribute"/> declare them.</summary>
internal sealed class QueueCatalog
{
    private const int MaxPrefetch = ushort.MaxValue;
    private const int MaxConcurrencyOfAQueue = 1000;
    private const int DefaultConcurrency = 5;


    private readonly HashSet<string> _declaredQueueIds = new(StringComparer.Ordinal);
    private readonly HashSet<string> _knownQueueIds;
    private readonly HashSet<string> _disabledQueueIds = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wanted;
    private readonly WorkerOptions _options;
    private readonly QueueSettings _settings;
    private readonly List<string> _mistakes;

    private QueueCatalog(HashSet<string> wanted, WorkerOptions options, List<string> mistakes)
    {
        _wanted = wanted;
        _knownQueueIds = new HashSet<string>(wanted, StringComparer.Ordinal);
        _options = options;
        _settings = new QueueSettings(options);
        _mistakes = mistakes;
    }

    public static QueueCatalog Empty { get; } = new([], new WorkerOptions(), []);

    /// <summary>Those that are disabled too.</summary>
    public Dictionary<string, QueueDefinition> Queues { get; } = new(StringComparer.Ordinal);

    /// <summary>Those that this node does not consume.</summary>
    public IReadOnlySet<string> DisabledQueueIds => _disabledQueueIds;

    /// <summary>Those with a mistake of their own too, which are not among the <see cref="Queues"/>.</summary>
    public IReadOnlySet<string> DeclaredQueueIds => _declaredQueueIds;

    /// <param name="assemblies">Where they are declared.</param>
    /// <param name="wanted">The ids that processors name; no others are looked at.</param>
    /// <param name="options">The options.</param>
    /// <param name="leftOut">Gets what does not load.</param>
    /// <param name="mistakes">Gets what is wrong.</param>
    public static QueueCatalog Read(IEnumerable<Assembly> assemblies, HashSet<string> wanted, WorkerOptions options, ISet<string> leftOut, List<string> mistakes)
    {
        var catalog = new QueueCatalog(wanted, options, mistakes);
        catalog.AddQueues(assemblies, leftOut);
        catalog.CheckNamesAgainstEachOther();
        catalog._settings.Check(catalog._knownQueueIds, mistakes);
        return catalog;
    }

    private void AddQueues(IEnumerable<Assembly> assemblies, ISet<string> leftOut)
    {
        IEnumerable<FieldInfo> fields = assemblies
            .SelectMany(assembly => TypeScan.TypesOf(assembly, leftOut))
            .SelectMany(type => TypeScan.QueueFields(type, leftOut));
        var declaredBy = new Dictionary<string, (string Field, TaskQueueAttribute Attribute)>(StringComparer.Ordinal);
        foreach (FieldInfo field in fields)
        {
            string where = $"{field.DeclaringType!.Name}.{field.Name}";
            if (!field.IsLiteral || field.GetRawConstantValue() is not string queueId)
            {
                _mistakes.Add($"{where} is marked [TaskQueue] and is no constant text. Write: public const string {field.Name} = \"my.queue\";");
                continue;
            }

            if (!_wanted.Contains(queueId))
            {
                // Its settings may stand in a configuration that several workers share.
                _knownQueueIds.Add(queueId);
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
            if (Define(queueId, where, attribute) is { } queue)
            {
                Queues.Add(queueId, queue);
                if (!_settings.Of(queueId).Enabled)
                {
                    _disabledQueueIds.Add(queueId);
                }
            }
        }
    }

    private static bool SameDeclaration(TaskQueueAttribute a, TaskQueueAttribute b) =>
        a.Behavior == b.Behavior && ConcurrencyOf(a) == ConcurrencyOf(b) && PrefetchOf(a) == PrefetchOf(b) &&
        a.DeliveryLimit == b.DeliveryLimit && a.RequeuePlacement == b.RequeuePlacement && a.OnFailure == b.OnFailure &&
        a.BroadcastFilter == b.BroadcastFilter;

    private static string Describe(TaskQueueAttribute attribute) =>
        $"{attribute.Behavior}, MaxConcurrency {OrDefault(ConcurrencyOf(attribute))}, Prefetch {OrDefault(PrefetchOf(attribute))}, DeliveryLimit {attribute.DeliveryLimit}, " +
        $"{attribute.RequeuePlacement}, {attribute.OnFailure}, {attribute.BroadcastFilter}";

    // What was written, not what it comes to: [TaskQueue] and [TaskQueue(MaxConcurrency = 5)] are told apart.
    private static string OrDefault(int? written) => written?.ToString(CultureInfo.InvariantCulture) ?? "default";

    private static int? ConcurrencyOf(TaskQueueAttribute attribute) => attribute.HasMaxConcurrency ? attribute.MaxConcurrency : null;

    private static int? PrefetchOf(TaskQueueAttribute attribute) => attribute.HasPrefetch ? attribute.Prefetch : null;

    private QueueDefinition? Define(string queueId, string where, TaskQueueAttribute attribute)
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

        if (attribute.DeliveryLimit is < 1 or > 1_000_000)
        {
            _mistakes.Add($"{where}: DeliveryLimit is {attribute.DeliveryLimit}; it must be from 1 to 1,000,000.");
        }

        CheckKind(where, attribute);
        (int concurrency, int prefetch) = ReadNumbers(queueId, where, attribute);
        BroadcastFilter filter = ReadFilter(queueId, where, attribute);
        return _mistakes.Count > before ? null : new QueueDefinition
        {
            QueueId = queueId,
            Behavior = attribute.Behavior,
            MaxConcurrency = concurrency,
            Prefetch = (ushort)prefetch,
            DeliveryLimit = attribute.DeliveryLimit,
            RequeuePlacement = attribute.RequeuePlacement,
            OnFailure = attribute.OnFailure,
            BroadcastFilter = filter,
            BroadcastLease = _options.BroadcastLease,
        };
    }

    /// <summary>What is written for a kind of queue that does nothing of the sort would be taken for a promise.</summary>
    private void CheckKind(string where, TaskQueueAttribute attribute)
    {
        if (attribute.Behavior is not (TaskQueueBehavior.Concurrent or TaskQueueBehavior.Broadcast))
        {
            return;
        }

        bool concurrent = attribute.Behavior == TaskQueueBehavior.Concurrent;
        if (attribute.HasRequeuePlacement)
        {
            _mistakes.Add(
                $"{where}: the queue is {attribute.Behavior} and RequeuePlacement is {attribute.RequeuePlacement}. " +
                (concurrent ? "Only a sequential queue has an order in which a requeued task could keep its place" : "A broadcast is never requeued") +
                "; leave RequeuePlacement out, or write Behavior = TaskQueueBehavior.Sequential.");
        }

        if (attribute.OnFailure == FailureBehavior.Halt)
        {
            _mistakes.Add(
                $"{where}: the queue is {attribute.Behavior} and OnFailure is Halt. Only a sequential queue halts; leave OnFailure out" +
                (concurrent ? " (failed tasks go to .failed and .fatal, and the others run on)" : " (failures of a broadcast are logged)") +
                ", or write Behavior = TaskQueueBehavior.Sequential.");
        }
    }

    /// <summary>What the environment says counts, else what the attribute says; each mistake names where the number stands.</summary>
    private (int Concurrency, int Prefetch) ReadNumbers(string queueId, string where, TaskQueueAttribute attribute)
    {
        TaskQueueOptions settings = _settings.Of(queueId);
        string setting = QueueSettings.PathOf(queueId);
        bool sequential = attribute.Behavior == TaskQueueBehavior.Sequential;
        int before = _mistakes.Count;

        string whereConcurrency = settings.MaxConcurrency is null ? where : setting;
        int concurrency = settings.MaxConcurrency ??
            ConcurrencyOf(attribute) ?? (attribute.Behavior == TaskQueueBehavior.Concurrent ? DefaultConcurrency : 1);
        if (concurrency is < 1 or > MaxConcurrencyOfAQueue)
        {
            _mistakes.Add(
                $"{whereConcurrency}: MaxConcurrency is {concurrency}; it must be from 1 to {MaxConcurrencyOfAQueue}." +
                (concurrency != 0 ? ""
                    : settings.MaxConcurrency is null ? $" Leave it out for the default, or, so that a node does not consume the queue, set {setting}:Enabled to false there."
                    : " So that this node does not consume the queue, set Enabled to false."));
        }
        else if (sequential && concurrency != 1)
        {
            _mistakes.Add($"{whereConcurrency}: the queue is sequential and MaxConcurrency is {concurrency}. A sequential queue runs one task at a time; leave MaxConcurrency out, or make it Concurrent.");
        }

        // A Prefetch that nobody wrote is no mistake, nor is one that is only too low for a MaxConcurrency that is wrong itself.
        bool isConcurrencyRight = _mistakes.Count == before;
        bool isWritten = settings.Prefetch is not null || attribute.HasPrefetch;
        int prefetch = settings.Prefetch ?? PrefetchOf(attribute) ?? (sequential ? 1 : concurrency * 2);
        if (isWritten && (prefetch < (isConcurrencyRight ? concurrency : 1) || prefetch > MaxPrefetch))
        {
            string range = $"it must be from {(isConcurrencyRight ? $"MaxConcurrency ({concurrency})" : "1")} to {MaxPrefetch}.";
            bool isTooLowForSetting = settings.Prefetch is null && settings.MaxConcurrency is not null && prefetch >= 1;
            _mistakes.Add(
                isTooLowForSetting ? $"{setting}: MaxConcurrency is {concurrency}, and Prefetch at {where} is {prefetch}; {range} Set {setting}:Prefetch as well." :
                $"{(settings.Prefetch is null ? where : setting)}: Prefetch is {prefetch}; {range}");
        }

        return (concurrency, prefetch);
    }

    private BroadcastFilter ReadFilter(string queueId, string where, TaskQueueAttribute attribute)
    {
        BroadcastFilter? setting = _settings.Of(queueId).BroadcastFilter;
        CheckFilter(where, attribute.BroadcastFilter, attribute.Behavior);
        CheckFilter(QueueSettings.PathOf(queueId), setting ?? BroadcastFilter.All, attribute.Behavior);
        return setting ?? attribute.BroadcastFilter;
    }

    private void CheckFilter(string where, BroadcastFilter filter, TaskQueueBehavior behavior)
    {
        if (!Enum.IsDefined(filter))
        {
            _mistakes.Add($"{where}: BroadcastFilter is {filter}, which does not exist. Write {string.Join(" or ", Enum.GetNames<BroadcastFilter>())}.");
        }
        else if (filter != BroadcastFilter.All && behavior is (TaskQueueBehavior.Concurrent or TaskQueueBehavior.Sequential))
        {
            _mistakes.Add(
                $"{where}: BroadcastFilter is {filter}, and the queue is no broadcast but {behavior}: each of its tasks runs on one node, whoever added it. " +
                "Leave BroadcastFilter out, or make it Broadcast.");
        }
    }

    private void CheckNamesAgainstEachOther()
    {
        foreach (string queueId in Queues.Keys)
        {
            foreach (string suffix in BrokerNames.ParkingSuffixes.Where(suffix => queueId.EndsWith(suffix, StringComparison.Ordinal)))
            {
                _mistakes.Add($"The queue id '{queueId}' ends in '{suffix}', which is what the parking queue of '{queueId[..^suffix.Length]}' is called. Choose another.");
            }
        }
    }
}

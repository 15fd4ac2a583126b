using System.Collections.Concurrent;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>What is known of a type of directive before any is read or written: found out once.</summary>
internal sealed class DirectivePlan
{
    // A generic class may have a member of itself of another type, and so on with no end.
    private const int MaxTypes = 300;

    private static readonly ConcurrentDictionary<Type, DirectivePlan> s_plans = new();

    // What a member of type object may be read as.
    private static readonly Type[] s_anything = [typeof(object), typeof(string), typeof(JToken), typeof(JObject), typeof(JArray), typeof(JValue)];

    private readonly JsonSerializer? _withoutUserCode;
    private volatile bool _isProven;

    private DirectivePlan(Type type)
    {
        Mistake = DirectiveTypes.FindMistake(type);
        var contracts = new Dictionary<Type, JsonContract>();
        bool isProven = true;
        bool runsConverters = false;
        var toLookAt = new Queue<Type>([type]);
        while (toLookAt.TryDequeue(out Type? next))
        {
            if (next.IsByRefLike || next.IsPointer || contracts.ContainsKey(next))
            {
                continue;
            }

            if (contracts.Count == MaxTypes)
            {
                (isProven, runsConverters) = (false, true);
                break;
            }

            JsonContract contract = DirectiveContracts.Shared.ResolveContract(next);
            contracts.Add(next, contract);
            isProven &= ExactContracts.IsExact(next, contract);
            runsConverters |= RunsConverters(contract);
            foreach (Type part in PartsOf(next, contract))
            {
                toLookAt.Enqueue(part);
            }
        }

        _isProven = isProven && !ExactContracts.AnyDerivesFromAnother(contracts.Keys);
        foreach (Type any in s_anything)
        {
            contracts.TryAdd(any, DirectiveContracts.Shared.ResolveContract(any));
        }

        // A converter may set whatever it likes on the serializer that it is handed: where there is one, each directive has its own.
        _withoutUserCode = runsConverters ? null : DirectiveSerializer.Create(new ForeseenContracts(contracts));
    }

    /// <summary>Why no such directive can be read; null where it can.</summary>
    public string? Mistake { get; }

    /// <summary>
    /// Whether all that such a directive can hold is read as it was written, which the types alone tell. Else it is found out for each
    /// one that is published.
    /// </summary>
    public bool IsProven => _isProven;

    /// <summary>How many of the next bodies of the type are read in the long way at once. A count lost between threads does no harm.</summary>
    public int Detours { get; set; }

    public static DirectivePlan For(Type type) => s_plans.TryGetValue(type, out DirectivePlan? plan) ? plan : s_plans.GetOrAdd(type, static type => new DirectivePlan(type));

    public JsonSerializer Serializer() => _withoutUserCode ?? DirectiveSerializer.CreateForUserCode();

    /// <summary>A directive held what its declarations do not tell.</summary>
    public void Disprove() => _isProven = false;

    private static bool RunsConverters(JsonContract contract) =>
        contract.Converter is not null ||

        // Not a converter, but it would take an unforeseen type for an error of the body, and forgive it.
        contract.OnErrorCallbacks.Count > 0 ||
        contract switch
        {
            JsonObjectContract members => members.ItemConverter is not null || members.Properties.Concat(members.CreatorParameters).Any(HasConverter),
            JsonContainerContract container => container.ItemConverter is not null,
            _ => false,
        };

    private static bool HasConverter(JsonProperty property) => !property.Ignored && (property.Converter ?? property.ItemConverter) is not (null or UnreadConverter { RunsUserCode: false });

    private static IEnumerable<Type> PartsOf(Type type, JsonContract contract)
    {
        IEnumerable<Type?> parts = contract switch
        {
            JsonObjectContract members => members.Properties.Concat(members.CreatorParameters).Where(property => !property.Ignored).Select(property => property.PropertyType)
                .Append(members.ExtensionDataValueType).Concat(DirectiveContracts.Shared.InitialValuesOf(type).Types),
            JsonArrayContract array => [array.CollectionItemType ?? typeof(object)],
            JsonDictionaryContract dictionary => [dictionary.DictionaryKeyType ?? typeof(object), dictionary.DictionaryValueType ?? typeof(object)],
            _ => [],
        };
        return parts.Append(Nullable.GetUnderlyingType(type)).Concat(ExactContracts.StandInsFor(type)).OfType<Type>();
    }
}

/// <summary>Makes the serializers of directives.</summary>
internal static class DirectiveSerializer
{
    public static JsonSerializer Create(IContractResolver contracts) => new()
    {
        ContractResolver = contracts,
        TypeNameHandling = TypeNameHandling.None,
        MetadataPropertyHandling = MetadataPropertyHandling.Ignore,
        MaxDepth = DirectiveJson.MaxDepth,
        DateParseHandling = DateParseHandling.None,

        // Left to itself it asks the user's Equals, and takes a child that equals its parent for a loop.
        EqualityComparer = ReferenceEqualityComparer.Instance,
    };

    /// <summary>One for a single directive.</summary>
    public static JsonSerializer CreateForUserCode() => Create(new HandedContracts());
}

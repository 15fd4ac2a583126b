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
        List<DirectiveMistake> mistakes = [.. DirectiveTypes.FindMistake(type)];
        var contracts = new Dictionary<Type, JsonContract>();
        bool isProven = true;
        bool runsConverters = false;
        var toLookAt = new Queue<DirectivePart>([new DirectivePart(type, "")]);
        while (toLookAt.TryDequeue(out DirectivePart? next))
        {
            if (next.Type.IsByRefLike || contracts.ContainsKey(next.Type))
            {
                continue;
            }

            if (contracts.Count == MaxTypes)
            {
                (isProven, runsConverters) = (false, true);
                break;
            }

            JsonContract contract = DirectiveContracts.Shared.ResolveContract(next.Type);
            contracts.Add(next.Type, contract);
            isProven &= ExactContracts.IsExact(next.Type, contract);
            runsConverters |= RunsConverters(contract);
            mistakes.AddRange(next.FindMistakes(contract));
            foreach (DirectivePart part in next.PartsOf(contract))
            {
                toLookAt.Enqueue(part);
            }
        }

        Mistakes = mistakes;
        _isProven = isProven && !ExactContracts.AnyDerivesFromAnother(contracts.Keys);
        foreach (Type any in s_anything)
        {
            contracts.TryAdd(any, DirectiveContracts.Shared.ResolveContract(any));
        }

        // A converter may set whatever it likes on the serializer that it is handed: where there is one, each directive has its own.
        _withoutUserCode = runsConverters ? null : DirectiveSerializer.Create(new ForeseenContracts(contracts));
    }

    /// <summary>Why no such directive is sent, whatever it holds.</summary>
    public IReadOnlyList<DirectiveMistake> Mistakes { get; }

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
        contract.Converter is not (null or RefusingConverter) ||

        // Not a converter, but it would take an unforeseen type for an error of the body, and forgive it.
        contract.OnErrorCallbacks.Count > 0 ||
        contract switch
        {
            JsonObjectContract members => members.ItemConverter is not (null or RefusingConverter) || members.Properties.Concat(members.CreatorParameters).Any(HasConverter),
            JsonContainerContract container => container.ItemConverter is not (null or RefusingConverter),
            _ => false,
        };

    private static bool HasConverter(JsonProperty property) => !property.Ignored && (property.Converter ?? property.ItemConverter) is not (null or RefusingConverter or UnreadConverter { RunsUserCode: false });
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

using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>
/// How each type in a directive is read and written. A value that the type itself gives a member is read into only where it belongs to
/// this one object, and a collection is emptied before: what arrives is what was sent, and nobody else's object changes.
/// </summary>
internal sealed class DirectiveContracts : DefaultContractResolver
{
    // Of what a new object holds: deeper, or more of it, is not read into but made anew.
    private const int MaxDepth = 16;
    private const int MaxVisits = 1000;

    public static readonly DirectiveContracts Shared = new();

    private static readonly MethodInfo s_empty = typeof(DirectiveContracts).GetMethod(nameof(EmptyOf), BindingFlags.Static | BindingFlags.NonPublic)!;

    private static readonly MethodInfo s_isUsual = typeof(CollectionComparers).GetMethod(nameof(CollectionComparers.IsUsualDictionary))!;

    private static readonly MethodInfo s_isUnchangeable = typeof(DirectiveContracts).GetMethod(nameof(IsUnchangeableOf), BindingFlags.Static | BindingFlags.NonPublic)!;

    // A constructor of the user, which is called to see what it gives, may itself write a directive.
    [ThreadStatic]
    private static HashSet<Type>? t_preparing;

    private readonly ConcurrentDictionary<Type, JsonContract> _contracts = new();
    private readonly ConcurrentDictionary<Type, InitialValues> _initialValues = new();

    private DirectiveContracts()
    {
    }

    public override JsonContract ResolveContract(Type type) => _contracts.TryGetValue(type, out JsonContract? contract) ? contract : Prepare(type);

    /// <summary>What the members of a new object of this type hold.</summary>
    public InitialValues InitialValuesOf(Type type)
    {
        ResolveContract(type);
        return _initialValues.TryGetValue(type, out InitialValues? values) ? values : InitialValues.None;
    }

    protected override JsonContract CreateContract(Type objectType)
    {
        if (UnsendableTypes.WhyNever(objectType) is { } why)
        {
            return new JsonStringContract(objectType) { Converter = new RefusingConverter(why) };
        }

        JsonContract contract = base.CreateContract(objectType);
        if (contract is JsonObjectContract { Converter: null } && UnsendableTypes.WhyNotByMembers(objectType) is { } whyNot)
        {
            contract.Converter = new RefusingConverter(whyNot);
        }

        return contract;
    }

    protected override JsonProperty CreateProperty(MemberInfo member, MemberSerialization memberSerialization)
    {
        JsonProperty property = base.CreateProperty(member, memberSerialization);
        if (property is { PropertyType: { } type, ValueProvider: { } provider } && (type == typeof(JToken) || type == typeof(JValue)))
        {
            property.ValueProvider = new NoNullTokens(provider);
        }

        property.Converter ??= RefusingConverter.ForDeclared(property.PropertyType);
        return property;
    }

    protected override IList<JsonProperty> CreateConstructorParameters(ConstructorInfo constructor, JsonPropertyCollection memberProperties)
    {
        IList<JsonProperty> parameters = base.CreateConstructorParameters(constructor, memberProperties);
        ParameterDefaults.Apply(constructor, parameters, memberProperties);
        return parameters;
    }

    protected override JsonObjectContract CreateObjectContract(Type objectType)
    {
        JsonObjectContract contract = base.CreateObjectContract(objectType);
        if (contract.ItemConverter is not null)
        {
            // One of the class, for all of its members: each would have gone before it.
            foreach (JsonProperty property in contract.Properties.Concat(contract.CreatorParameters).Where(property => property.Converter is RefusingConverter))
            {
                property.Converter = null;
            }
        }

        if (contract.CreatorParameters.Count > 0 && (contract.OverrideCreator is not null || contract.DefaultCreator is null || contract.DefaultCreatorNonPublic))
        {
            // There is no second object to tell whose collection it is, and it would be added to whatever it holds.
            foreach (JsonProperty property in contract.Properties.Where(property =>
                property is { Ignored: false, Writable: false, PropertyType: { } type } && type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type) &&
                contract.CreatorParameters.GetClosestMatchProperty(property.PropertyName!) is null))
            {
                property.Converter = new UnreadConverter(property.Converter ?? contract.ItemConverter);
            }
        }

        return contract;
    }

    protected override JsonArrayContract CreateArrayContract(Type objectType)
    {
        JsonArrayContract contract = base.CreateArrayContract(objectType);
        contract.OnDeserializingCallbacks.Insert(0, Emptying(contract.CollectionItemType));
        contract.ItemConverter ??= RefusingConverter.ForDeclared(contract.CollectionItemType);
        return contract;
    }

    protected override JsonDictionaryContract CreateDictionaryContract(Type objectType)
    {
        JsonDictionaryContract contract = base.CreateDictionaryContract(objectType);
        Type? entry = contract is { DictionaryKeyType: { } key, DictionaryValueType: { } value } ? typeof(KeyValuePair<,>).MakeGenericType(key, value) : null;
        contract.OnDeserializingCallbacks.Insert(0, Emptying(entry));
        contract.ItemConverter ??= RefusingConverter.ForDeclared(contract.DictionaryValueType);
        if (contract.Converter is null && RefusingConverter.ForDeclared(contract.DictionaryKeyType) is { } refusing)
        {
            contract.Converter = new RefusingConverter($"has keys of which each {refusing.Why}");
        }

        if (ExactContracts.IsStringDictionary(objectType))
        {
            // The one thing about such a dictionary that JSON does not say.
            Func<object, bool> isUsual = s_isUsual.MakeGenericMethod(contract.DictionaryValueType!).CreateDelegate<Func<object, bool>>();
            contract.OnSerializingCallbacks.Insert(0, (dictionary, _) =>
            {
                if (!isUsual(dictionary))
                {
                    BoundedJsonWriter.Doubt();
                }
            });
        }

        return contract;
    }

    private static SerializationCallback Emptying(Type? itemType)
    {
        Action<object> empty = s_empty.MakeGenericMethod(itemType ?? typeof(object)).CreateDelegate<Action<object>>();
        return (collection, _) => empty(collection);
    }

    private static void EmptyOf<T>(object collection)
    {
        switch (collection)
        {
            case IList { Count: 0 } or IDictionary { Count: 0 } or ICollection<T> { Count: 0 }:
                break;
            case IList list:
                list.Clear();
                break;
            case IDictionary dictionary:
                dictionary.Clear();
                break;
            case ICollection<T> other:
                other.Clear();
                break;
        }
    }

    private JsonContract Prepare(Type type)
    {
        JsonContract contract = base.ResolveContract(type);
        if (contract is JsonObjectContract { DefaultCreator: { } create, Converter: not RefusingConverter } objectContract && !type.IsAbstract && type != typeof(object))
        {
            t_preparing ??= [];
            if (t_preparing.Count > MaxDepth || !t_preparing.Add(type))
            {
                return contract;
            }

            try
            {
                _initialValues[type] = Look(objectContract, create);
            }
            finally
            {
                t_preparing.Remove(type);
            }
        }

        return _contracts.GetOrAdd(type, contract);
    }

    private InitialValues Look(JsonObjectContract contract, Func<object> create)
    {
        var values = new InitialValues();
        object one;
        object other;
        try
        {
            one = create();
            other = create();
        }
#pragma warning disable CA1031 // The user's constructor. Whoever reads or writes such an object hears of it.
        catch (Exception)
#pragma warning restore CA1031
        {
            values.AreKnown = false;
            foreach (JsonProperty property in contract.Properties)
            {
                property.ObjectCreationHandling = ObjectCreationHandling.Replace;
            }

            return values;
        }

        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance) { one };
        foreach (JsonProperty property in contract.Properties.Where(IsLookedAt))
        {
            // Only what is decided for this type is said in its contract: the contracts of its members' types are common to all directives.
            int left = MaxVisits;
            if (!IsReadInto(property, one, other, values, seen, 0, ref left))
            {
                property.ObjectCreationHandling = ObjectCreationHandling.Replace;
            }
        }

        return values;
    }

    private static bool IsLookedAt(JsonProperty property) => property is { Ignored: false, Readable: true, ValueProvider: not null, Converter: not UnreadConverter };

    /// <summary>
    /// Whether the value of a member, and all that its members hold, belongs to one object and can be changed: two objects do not have it
    /// in common.
    /// </summary>
    private bool IsReadInto(JsonProperty property, object one, object other, InitialValues values, HashSet<object> seen, int depth, ref int left)
    {
        // A getter may make another object each time, with no end.
        if (depth > MaxDepth || --left < 0)
        {
            return false;
        }

        object? value;
        object? otherValue;
        JsonContract contract;
        try
        {
            value = property.ValueProvider!.GetValue(one);
            otherValue = property.ValueProvider.GetValue(other);

            // None of these is ever read into.
            if (value is null or string or JToken || value.GetType().IsValueType)
            {
                return true;
            }

            values.Types.Add(value.GetType());
            values.HasUnusualComparer |= !CollectionComparers.IsUsual(value);
            contract = ResolveContract(value.GetType());
            if (contract.Converter is RefusingConverter || ReferenceEquals(value, otherValue) || !seen.Add(value) || IsUnchangeable(value, contract))
            {
                return false;
            }
        }
#pragma warning disable CA1031 // The user's getter, or the user's collection.
        catch (Exception)
#pragma warning restore CA1031
        {
            values.AreKnown = false;
            return false;
        }

        if (otherValue?.GetType() != value.GetType() || contract is not JsonObjectContract inner)
        {
            return true;
        }

        bool isReadInto = true;
        foreach (JsonProperty member in inner.Properties.Where(IsLookedAt))
        {
            isReadInto &= IsReadInto(member, value, otherValue, values, seen, depth + 1, ref left) || member.ObjectCreationHandling == ObjectCreationHandling.Replace;
        }

        return isReadInto;
    }

    private static bool IsUnchangeable(object value, JsonContract contract) => contract switch
    {
        JsonArrayContract array => (bool)s_isUnchangeable.MakeGenericMethod(array.CollectionItemType ?? typeof(object)).Invoke(null, [value])!,
        JsonDictionaryContract { DictionaryKeyType: { } key, DictionaryValueType: { } item } =>
            (bool)s_isUnchangeable.MakeGenericMethod(typeof(KeyValuePair<,>).MakeGenericType(key, item)).Invoke(null, [value])!,
        _ => false,
    };

    private static bool IsUnchangeableOf<T>(object collection) => collection switch
    {
        IList list => list.IsReadOnly || list.IsFixedSize,
        IDictionary dictionary => dictionary.IsReadOnly || dictionary.IsFixedSize,
        ICollection<T> other => other.IsReadOnly,
        _ => true,
    };
}

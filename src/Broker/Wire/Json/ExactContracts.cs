using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Tells the types of which every value is read as it was written, without trying any.</summary>
internal static class ExactContracts
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly HashSet<Type> s_primitives =
    [
        typeof(string), typeof(bool), typeof(char), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(float), typeof(double), typeof(decimal), typeof(Guid), typeof(TimeSpan), typeof(DateTime), typeof(DateTimeOffset), typeof(byte[]),
    ];

    // A string is a sequence of characters too, and an array of bytes is written as a text: not of these.
    private static readonly Type[] s_sequences = [typeof(IEnumerable<>), typeof(IReadOnlyCollection<>), typeof(IReadOnlyList<>), typeof(ICollection<>), typeof(IList<>)];

    private static readonly Type[] s_dictionaries = [typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>)];

    private static readonly ConcurrentDictionary<(Type Type, string Name), bool> s_hidesAnother = new();

    /// <summary>Whether values of exactly this type are, given that those of its parts are.</summary>
    public static bool IsExact(Type type, JsonContract contract) => contract.Converter is null && contract.InternalConverter is null && contract switch
    {
        JsonPrimitiveContract => s_primitives.Contains(type) || Nullable.GetUnderlyingType(type) is not null || (type.IsEnum && Enum.GetUnderlyingType(type) != typeof(ulong)),
        JsonArrayContract array => (type.IsSZArray || IsOf(type, typeof(List<>)) || StandInsFor(type).Length > 0) && IsUnadorned(array),
        JsonDictionaryContract dictionary => (IsStringDictionary(type) || StandInsFor(type).Length > 0) && IsUnadorned(dictionary),
        JsonObjectContract members => IsExact(type, members),
        _ => false,
    };

    public static bool IsStringDictionary(Type type) => IsOf(type, typeof(Dictionary<,>)) && type.GetGenericArguments()[0] == typeof(string);

    /// <summary>For an interface of collections, the classes of which any value is read as an equal one; none for any other type.</summary>
    public static Type[] StandInsFor(Type type)
    {
        if (!type.IsInterface || !type.IsGenericType)
        {
            return [];
        }

        Type[] arguments = type.GetGenericArguments();
        Type definition = type.GetGenericTypeDefinition();
        return s_sequences.Contains(definition) && arguments[0] != typeof(char) && arguments[0] != typeof(byte) ? [typeof(List<>).MakeGenericType(arguments), arguments[0].MakeArrayType()]
            : s_dictionaries.Contains(definition) && arguments[0] == typeof(string) ? [typeof(Dictionary<,>).MakeGenericType(arguments)]
            : [];
    }

    /// <summary>Whether a value of one of these may stand where another is declared: which it was, JSON does not say.</summary>
    public static bool AnyDerivesFromAnother(IReadOnlyCollection<Type> types) =>
        types.Any(type => !type.IsValueType && !type.IsSealed && StandInsFor(type).Length == 0 && types.Any(other => other != type && !other.IsValueType && type.IsAssignableFrom(other)));

    private static bool IsOf(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    private static bool IsExact(Type type, JsonObjectContract contract)
    {
        InitialValues initial = DirectiveContracts.Shared.InitialValuesOf(type);
        return !type.IsAbstract && (!FrameworkTypes.Has(type) || FrameworkTypes.IsTuple(type)) && HiddenStorage.Of(type).Length == 0 &&
            contract is { DefaultCreator: not null, DefaultCreatorNonPublic: false, OverrideCreator: null, ExtensionDataGetter: null, ExtensionDataSetter: null, ItemNullValueHandling: null, ItemRequired: null } &&
            contract.OnSerializingCallbacks.Count + contract.OnSerializedCallbacks.Count + contract.OnDeserializingCallbacks.Count + contract.OnDeserializedCallbacks.Count + contract.OnErrorCallbacks.Count == 0 &&
            IsUnadorned(contract) &&
            initial is { AreKnown: true, HasUnusualComparer: false } &&
            contract.Properties.All(property => property.Ignored || IsExact(type, property));
    }

    private static bool IsUnadorned(JsonContainerContract contract) =>
        contract is { ItemConverter: null, ItemIsReference: null, ItemReferenceLoopHandling: null, ItemTypeNameHandling: null, IsReference: null };

    private static bool IsExact(Type type, JsonProperty property) =>
        property is
        {
            Readable: true, Writable: true, Converter: null, ItemConverter: null, NullValueHandling: null, DefaultValueHandling: null, TypeNameHandling: null, IsReference: null,
            ItemIsReference: null, ItemTypeNameHandling: null, ReferenceLoopHandling: null, ItemReferenceLoopHandling: null, Required: Required.Default,
            ShouldSerialize: null, ShouldDeserialize: null, GetIsSpecified: null, SetIsSpecified: null,
        } &&
        property.PropertyName is { } name && !name.StartsWith('$') &&
        IsPlainStorage(property) &&
        !HidesAnother(type, property);

    /// <summary>Whether the member gives back what it was given: no code of the user stands in between.</summary>
    private static bool IsPlainStorage(JsonProperty property) =>
        property is { DeclaringType: { } declaring, UnderlyingName: { } name } && (declaring.GetMember(name, Members) switch
        {
            [PropertyInfo { GetMethod: { } get, SetMethod: { } set }] => get.IsDefined(typeof(CompilerGeneratedAttribute), false) && set.IsDefined(typeof(CompilerGeneratedAttribute), false),
            [FieldInfo field] => !field.IsInitOnly,
            _ => false,
        });

    /// <summary>Whether a base class has a member of the name, which is then not sent.</summary>
    public static bool HidesAnother(Type type, JsonProperty property) =>
        s_hidesAnother.GetOrAdd((type, property.UnderlyingName!), static member => HidesAnother(member.Type, member.Name));

    private static bool HidesAnother(Type type, string name)
    {
        int found = 0;
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            found += level.GetMember(name, Members).Count(member => member switch
            {
                PropertyInfo { GetMethod: { } get } => get.GetBaseDefinition().DeclaringType == get.DeclaringType,
                FieldInfo => true,
                _ => false,
            });
        }

        return found > 1;
    }
}

using System.Reflection;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;
using ForeignConstructor = System.Text.Json.Serialization.JsonConstructorAttribute;
using ForeignConverter = System.Text.Json.Serialization.JsonConverterAttribute;
using ForeignExtensionData = System.Text.Json.Serialization.JsonExtensionDataAttribute;
using ForeignIgnore = System.Text.Json.Serialization.JsonIgnoreAttribute;
using ForeignRequired = System.Text.Json.Serialization.JsonRequiredAttribute;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>
/// Attributes of System.Text.Json on what is sent. Newtonsoft.Json, by which directives are written, does not know them, so that a member
/// that is to be left out would be sent: each is a mistake, unless its author says the same to Newtonsoft.Json too.
/// </summary>
internal static class ForeignAttributes
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private const string Says = "of System.Text.Json, which says nothing to Newtonsoft.Json, by which directives are written";

    /// <summary>Those of a type. Their place is that of the type, or of one of its members.</summary>
    public static IEnumerable<DirectiveMistake> Find(Type type, JsonContract contract, string place)
    {
        if (FrameworkTypes.Has(type) || type.Assembly == typeof(ITaskDirective).Assembly)
        {
            return [];
        }

        string subject = place.Length == 0 ? "" : $"is a {type}, which ";
        return OnType(type, contract, place, subject).Concat(OnMembers(type, contract, place)).Concat(OnConstructors(type, contract, place, subject));
    }

    private static bool IsForeign(Attribute attribute) => attribute is JsonAttribute or JsonStringEnumMemberNameAttribute;

    private static string NameOf(Attribute attribute) => attribute.GetType().Name.Replace(nameof(Attribute), "", StringComparison.Ordinal);

    private static IEnumerable<DirectiveMistake> OnType(Type type, JsonContract contract, string place, string subject) =>
        from attribute in type.GetCustomAttributes<JsonAttribute>(inherit: true)
        let remedy = RemedyOfType(attribute, type, contract)
        where remedy is not null
        select new DirectiveMistake(place, $"{subject}has [{NameOf(attribute)}] {Says}. {remedy}");

    private static IEnumerable<DirectiveMistake> OnMembers(Type type, JsonContract contract, string place)
    {
        for (Type? level = type; level is not null && !FrameworkTypes.Has(level); level = level.BaseType)
        {
            foreach (MemberInfo member in level.GetMembers(type.IsEnum ? Declared | BindingFlags.Static : Declared).Where(member => member is PropertyInfo or FieldInfo))
            {
                JsonProperty? property = (contract as JsonObjectContract)?.Properties.FirstOrDefault(property => property.UnderlyingName == member.Name);
                foreach (Attribute attribute in member.GetCustomAttributes(inherit: true).OfType<Attribute>().Where(IsForeign))
                {
                    if (RemedyOfMember(attribute, member, property, contract) is { } remedy)
                    {
                        yield return new DirectiveMistake(place.Length == 0 ? member.Name : $"{place}.{member.Name}", $"has [{NameOf(attribute)}] {Says}. {remedy}");
                    }
                }
            }
        }
    }

    private static IEnumerable<DirectiveMistake> OnConstructors(Type type, JsonContract contract, string place, string subject)
    {
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(constructor => constructor.IsDefined(typeof(ForeignConstructor), inherit: false)))
        {
            bool isTheOne = contract is not JsonObjectContract members ||
                constructor.IsDefined(typeof(Newtonsoft.Json.JsonConstructorAttribute), inherit: false) ||
                (members.OverrideCreator is null && (constructor.GetParameters().Length == 0 ? members.DefaultCreator is not null : members.DefaultCreator is null));
            if (!isTheOne)
            {
                yield return new DirectiveMistake(place, $"{subject}has [JsonConstructor] {Says}. Write [JsonConstructor] of Newtonsoft.Json");
            }
        }
    }

    /// <summary>What to write instead; null where Newtonsoft.Json does the same.</summary>
    private static string? RemedyOfType(JsonAttribute attribute, Type type, JsonContract contract) => attribute switch
    {
        // A TypeConverter says it too.
        ForeignConverter => contract.Converter is null && contract is not JsonStringContract
            ? type.IsEnum ? "Write [JsonConverter(typeof(StringEnumConverter))] of Newtonsoft.Json for names, or take it away for numbers" : "Write [JsonConverter] of Newtonsoft.Json, and a converter for it"
            : null,
        JsonPolymorphicAttribute or JsonDerivedTypeAttribute => contract.Converter is null
            ? "Which class it is would not be sent: give the directive a member for each, or write a converter of Newtonsoft.Json"
            : null,
        JsonUnmappedMemberHandlingAttribute { UnmappedMemberHandling: JsonUnmappedMemberHandling.Disallow } =>
            (contract as JsonObjectContract)?.MissingMemberHandling == MissingMemberHandling.Error ? null : "Write [JsonObject(MissingMemberHandling = MissingMemberHandling.Error)] of Newtonsoft.Json",
        JsonUnmappedMemberHandlingAttribute => null,
        _ => RemedyOfEither(attribute),
    };

    private static string? RemedyOfMember(Attribute attribute, MemberInfo member, JsonProperty? property, JsonContract contract)
    {
        if (contract.Converter is not null and not RefusingConverter)
        {
            // It is the converter that says what is written.
            return null;
        }

        if (attribute is ForeignIgnore ignore)
        {
            return RemedyOfIgnore(ignore, property);
        }

        if (attribute is ForeignExtensionData)
        {
            return member.IsDefined(typeof(Newtonsoft.Json.JsonExtensionDataAttribute), inherit: true) ? null : "Write [JsonExtensionData] of Newtonsoft.Json, on an IDictionary<string, JToken>";
        }

        if (HiddenStorage.IsIgnored(member))
        {
            return null;
        }

        return attribute switch
        {
            JsonPropertyNameAttribute name => property is null || IsNamed(member) || property.PropertyName == name.Name ? null : $"Write [JsonProperty(\"{name.Name}\")] of Newtonsoft.Json, or [DataMember(Name = \"{name.Name}\")]",
            ForeignConverter => property is { Converter: null, ItemConverter: null } ? "Write [JsonConverter] of Newtonsoft.Json, and a converter for it" : null,
            ForeignRequired => property is { IsRequiredSpecified: false } ? "Write [JsonProperty(Required = Required.AllowNull)] of Newtonsoft.Json, or Required.Always" : null,
            JsonIncludeAttribute => IsSent(member, property, contract) ? null : "Write [JsonProperty] of Newtonsoft.Json",
            JsonPropertyOrderAttribute order => property is null || property.Order == order.Order ? null : $"Write [JsonProperty(Order = {order.Order})] of Newtonsoft.Json, or take it away: nobody should rely on the order",
            JsonStringEnumMemberNameAttribute => contract.Converter is null ? "Write [EnumMember(Value = ...)] here and [JsonConverter(typeof(StringEnumConverter))] of Newtonsoft.Json on the enum" : null,
            _ => property is null ? null : RemedyOfEither(attribute),
        };
    }

    private static string? RemedyOfIgnore(ForeignIgnore ignore, JsonProperty? property)
    {
        if (property is null or { Ignored: true } || ignore.Condition == JsonIgnoreCondition.Never)
        {
            return null;
        }

        return ignore.Condition switch
        {
            JsonIgnoreCondition.Always => "Write [JsonIgnore] of Newtonsoft.Json, or [IgnoreDataMember]",
            JsonIgnoreCondition.WhenWritingNull => property.NullValueHandling is null ? "Write [JsonProperty(NullValueHandling = NullValueHandling.Ignore)] of Newtonsoft.Json" : null,
            JsonIgnoreCondition.WhenWritingDefault => property.DefaultValueHandling is null ? "Write [JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)] of Newtonsoft.Json" : null,
            _ => "Take it away: what is written is also read",
        };
    }

    private static string? RemedyOfEither(Attribute attribute) => attribute switch
    {
        // Numbers in strings are read anyway, and what is sent replaces what was there.
        JsonNumberHandlingAttribute { Handling: JsonNumberHandling.Strict or JsonNumberHandling.AllowReadingFromString } => null,
        JsonNumberHandlingAttribute => "Write a converter of Newtonsoft.Json for it, or take it away: NaN and the infinities are sent anyway",
        JsonObjectCreationHandlingAttribute { Handling: JsonObjectCreationHandling.Replace } => null,
        JsonObjectCreationHandlingAttribute => "Take it away: what is sent replaces what the type puts there",
        _ => "Take it away, or write the attribute of Newtonsoft.Json that says the same",
    };

    private static bool IsNamed(MemberInfo member) =>
        member.GetCustomAttribute<JsonPropertyAttribute>(inherit: true)?.PropertyName is not null || member.GetCustomAttribute<DataMemberAttribute>(inherit: true)?.IsNameSetExplicitly == true;

    private static bool IsSent(MemberInfo member, JsonProperty? property, JsonContract contract) =>
        property is { Ignored: false, Readable: true } &&
        (property.Writable || member is PropertyInfo { SetMethod: null } || (contract as JsonObjectContract)?.CreatorParameters.GetClosestMatchProperty(property.PropertyName!) is not null);
}

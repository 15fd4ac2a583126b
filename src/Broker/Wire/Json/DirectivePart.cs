using System.Reflection;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>A type that a directive is made of, and where it was first come upon.</summary>
/// <param name="Type">The type.</param>
/// <param name="Place">The member; empty for the directive itself.</param>
/// <param name="IsDeclared">False for what a new object only happens to hold there.</param>
/// <param name="IsConverted">Whether a converter of the member writes it, so that nothing is told by the type.</param>
/// <param name="IsNullable">Whether it is declared as what may be null.</param>
internal sealed record DirectivePart(Type Type, string Place, bool IsDeclared = true, bool IsConverted = false, bool IsNullable = false)
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>What is wrong with it, whatever the value; nothing as a rule.</summary>
    public IEnumerable<DirectiveMistake> FindMistakes(JsonContract contract)
    {
        if (IsConverted || !IsDeclared)
        {
            return [];
        }

        // What may be null or empty may be as well that nobody ever sets it.
        return Type.IsValueType && IsAlwaysThere && UnsendableTypes.WhyNotDeclared(Type) is { } why
            ? [new DirectiveMistake(Place, why)]
            : ForeignAttributes.Find(Type, contract, Place).Concat(FindStatic(contract));
    }

    /// <summary>What it is made of in turn.</summary>
    public IEnumerable<DirectivePart> PartsOf(JsonContract contract)
    {
        if (contract.Converter is RefusingConverter)
        {
            return [];
        }

        bool isConverted = IsConverted || contract.Converter is not null;
        IEnumerable<DirectivePart> parts = contract switch
        {
            JsonObjectContract members => members.Properties.Concat(members.CreatorParameters).Where(property => property is { Ignored: false, PropertyType: not null })
                .Select(property => Part(property.PropertyType!, At(property.PropertyName!), isConverted || Converts(property, members)))
                .Concat(members.ExtensionDataValueType is { } extension ? [Part(extension, Place, isConverted)] : [])
                .Concat(DirectiveContracts.Shared.InitialValuesOf(Type).Types.Select(type => new DirectivePart(type, Place, IsDeclared: false))),
            JsonArrayContract array => [Part(array.CollectionItemType ?? typeof(object), $"{Place}[*]", isConverted || array.ItemConverter is not (null or RefusingConverter))],
            JsonDictionaryContract dictionary =>
            [
                Part(dictionary.DictionaryKeyType ?? typeof(object), Place, isConverted),
                Part(dictionary.DictionaryValueType ?? typeof(object), $"{Place}[*]", isConverted || dictionary.ItemConverter is not (null or RefusingConverter)),
            ],
            _ => [],
        };
        return parts
            .Concat(Nullable.GetUnderlyingType(Type) is { } underlying ? [this with { Type = underlying, IsNullable = true }] : [])
            .Concat(ExactContracts.StandInsFor(Type).Select(type => this with { Type = type }));
    }

    // Reading one directive would change it for all.
    private IEnumerable<DirectiveMistake> FindStatic(JsonContract contract) =>
        from property in (contract as JsonObjectContract)?.Properties ?? Enumerable.Empty<JsonProperty>()
        where property is { Ignored: false, DeclaringType: { } declaring, UnderlyingName: { } name } &&
            declaring.GetMember(name, Members | BindingFlags.Static) is [_, ..] && declaring.GetMember(name, Members | BindingFlags.Instance) is []
        select new DirectiveMistake(At(property.PropertyName!), "is static, and belongs to no directive. Take its [JsonProperty] or [DataMember] away, or make it a member of the object");

    // The converter of the items is given by the member: of the collection itself nothing is known then either.
    private static bool Converts(JsonProperty property, JsonObjectContract holder) =>
        (property.Converter ?? property.ItemConverter ?? holder.ItemConverter) is not (null or RefusingConverter or UnreadConverter { RunsUserCode: false });

    private bool IsAlwaysThere => !IsNullable && Place.AsSpan().IndexOfAny('.', '[') < 0;

    private DirectivePart Part(Type type, string place, bool isConverted) => new(type, place, IsDeclared, isConverted);

    private string At(string member) => Place.Length == 0 ? member : $"{Place}.{member}";
}

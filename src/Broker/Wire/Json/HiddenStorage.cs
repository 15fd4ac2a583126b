using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Serialization;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>
/// What an object keeps where JSON does not show it: a member that is not public, one that only an interface shows, a parameter of a primary
/// constructor, a private field.
/// </summary>
/// <param name="Field">Where it is kept.</param>
/// <param name="Name">By which its author knows it.</param>
/// <param name="Why">What is the matter where its value would not arrive.</param>
internal sealed record HiddenStorage(FieldInfo Field, string Name, string Why)
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const string BackingField = "k__BackingField";

    private const string NotPublic = "is not public, and its value would not arrive. Mark it with [JsonProperty] of Newtonsoft.Json to have it sent, or with [JsonIgnore] if it need not be";
    private const string Explicit = "is shown by an interface only, and its value would not arrive. Make it a public property";
    private const string Captured = "is a parameter of the constructor that the type keeps and no public member shows, and its value would not arrive. Make it a public property";

    private static readonly ConcurrentDictionary<Type, HiddenStorage[]> s_ofTypes = new();

    /// <summary>That of a type, without what is marked as not to be sent.</summary>
    public static HiddenStorage[] Of(Type type) => s_ofTypes.GetOrAdd(type, static type => [.. Find(type)]);

    /// <summary>Whether a member is marked as no part of what is sent.</summary>
    public static bool IsIgnored(MemberInfo member) =>
        member.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) ||
        member.IsDefined(typeof(IgnoreDataMemberAttribute), inherit: true) ||
        (member is FieldInfo field && field.IsDefined(typeof(NonSerializedAttribute), inherit: false));

    private static IEnumerable<HiddenStorage> Find(Type type)
    {
        var contract = DirectiveContracts.Shared.ResolveContract(type) as JsonObjectContract;
        if (type.IsPrimitive || type.IsEnum || FrameworkTypes.Has(type) || contract is { MemberSerialization: not MemberSerialization.OptOut })
        {
            // Of those that opt in, what is not marked is not meant to be sent.
            yield break;
        }

        for (Type? level = type; level is not null && !FrameworkTypes.Has(level); level = level.BaseType)
        {
            // What a member that need not be sent is kept in.
            bool keepsIgnored = level.GetProperties(Declared).Any(property => IsIgnored(property) && level.GetField($"<{property.Name}>{BackingField}", Declared) is null);
            foreach (FieldInfo field in level.GetFields(Declared))
            {
                if (field.IsPublic || IsIgnored(field) || field.FieldType.IsPointer || typeof(Delegate).IsAssignableFrom(field.FieldType) || IsSent(contract, field.Name))
                {
                    continue;
                }

                if (field.Name.EndsWith(BackingField, StringComparison.Ordinal))
                {
                    string name = field.Name[1..^(BackingField.Length + 1)];
                    if (level.GetProperty(name, Declared) is { GetMethod: { IsPublic: false } } property && !IsIgnored(property) && !IsSent(contract, name))
                    {
                        bool isExplicit = name.Contains('.', StringComparison.Ordinal);
                        yield return new HiddenStorage(field, isExplicit ? name[(name.LastIndexOf('.') + 1)..] : name, isExplicit ? Explicit : NotPublic);
                    }
                }
                else if (field.Name.StartsWith('<'))
                {
                    yield return new HiddenStorage(field, field.Name[1..Math.Max(1, field.Name.IndexOf('>', StringComparison.Ordinal))], Captured);
                }
                else if (!keepsIgnored)
                {
                    yield return new HiddenStorage(field, field.Name, NotPublic);
                }
            }
        }
    }

    private static bool IsSent(JsonObjectContract? contract, string name) =>
        contract?.Properties.Any(property => property is { Ignored: false, Readable: true } && property.UnderlyingName == name) == true;
}

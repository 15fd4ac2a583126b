using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Which types can be directives at all.</summary>
internal static class DirectiveTypes
{
    /// <summary>What is wrong with a type and all that it is made of, whatever the values: sentences that begin with the name of the type.</summary>
    public static IEnumerable<string> FindMistakesInAll(Type type)
    {
        try
        {
            return DirectiveWriting.PlanOf(type).Mistakes.Select(mistake => mistake.OfType());
        }
        catch (DirectiveRefusedException refused)
        {
            return [new DirectiveMistake(refused.Place ?? "", refused.Why).OfType()];
        }
    }

    /// <summary>What is wrong with the type itself.</summary>
    public static IEnumerable<DirectiveMistake> FindMistake(Type type) => Find(type) is { } why ? [new DirectiveMistake("", why)] : [];

    private static string? Find(Type type)
    {
        if (type.IsValueType)
        {
            return "is a struct. A directive is a class or a record: write 'record' or 'record class' for 'record struct'";
        }

        if (type.IsInterface || type.IsAbstract)
        {
            return $"is {(type.IsInterface ? "an interface" : "abstract")}, of which no worker can make one: type names are not sent. Write a class or a record";
        }

        return DirectiveContracts.Shared.ResolveContract(type) switch
        {
            JsonArrayContract => "is a collection. A directive is an object: put the collection into a member of it",
            JsonPrimitiveContract or JsonStringContract => "is written as a text or a number. A directive is an object: put the value into a member of it",
            JsonObjectContract { DefaultCreator: null, OverrideCreator: null, CreatorParameters.Count: 0, Converter: null } =>
                "has no constructor that a worker could tell to be the one: give it a public one without parameters, or exactly one public one whose parameters are named " +
                "like its members, or mark the one with [JsonConstructor] of Newtonsoft.Json",
            _ => null,
        };
    }
}

using System.Diagnostics.CodeAnalysis;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>
/// What is handed to code of the user: whatever is set on it, it ends with the directive. The contracts themselves are common to all.
/// </summary>
internal sealed class HandedContracts : DefaultContractResolver
{
    public override JsonContract ResolveContract(Type type) => DirectiveContracts.Shared.ResolveContract(type);
}

/// <summary>The contracts of the types that a directive is known to consist of, and no other.</summary>
internal sealed class ForeseenContracts(Dictionary<Type, JsonContract> contracts) : IContractResolver
{
    public JsonContract ResolveContract(Type type) =>
        contracts.TryGetValue(type, out JsonContract? contract) || IsOfForeseen(type, out contract) ? contract : throw new UnforeseenTypeException();

    // What the compiler makes of [a, b] for an IReadOnlyList: each assembly has classes of its own for it.
    private bool IsOfForeseen(Type type, [NotNullWhen(true)] out JsonContract? contract)
    {
        contract = null;
        if (!type.IsGenericType || !type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal))
        {
            return false;
        }

        contract = DirectiveContracts.Shared.ResolveContract(type);
        return contract is JsonArrayContract { CollectionItemType: { } item } && contracts.ContainsKey(item);
    }
}

/// <summary>A value of a type that the declarations do not tell.</summary>
internal sealed class UnforeseenTypeException : Exception;

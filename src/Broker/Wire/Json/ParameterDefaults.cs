using System.Reflection;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>
/// The defaults of a constructor's parameters, for members that were not sent: <c>record Order(int Id, int Priority = 5)</c>. Left to itself,
/// the serializer gives zero or null.
/// </summary>
internal static class ParameterDefaults
{
    /// <summary>Has the parameters of a constructor take their defaults where nothing was sent.</summary>
    public static void Apply(ConstructorInfo constructor, IEnumerable<JsonProperty> parameters, JsonPropertyCollection members)
    {
        foreach (ParameterInfo parameter in constructor.GetParameters())
        {
            if (parameter is not { HasDefaultValue: true, DefaultValue: { } value } || MayBeNull(parameter))
            {
                continue;
            }

            // What the serializer knows of a parameter that has another name in JSON it knows by the member, and only by a member it sees that it has to look what was sent.
            JsonProperty? property = parameters.FirstOrDefault(property => property.UnderlyingName == parameter.Name);
            JsonProperty? member = members.FirstOrDefault(member => member.UnderlyingName!.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase));
            if (property is not null && member is { DefaultValueHandling: null })
            {
                property.DefaultValue = value;
                property.DefaultValueHandling = member.DefaultValueHandling = DefaultValueHandling.Populate;
            }
        }
    }

    // The serializer does not tell null from nothing here, and where null can be meant, it is null.
    private static bool MayBeNull(ParameterInfo parameter) =>
        Nullable.GetUnderlyingType(parameter.ParameterType) is not null ||
        (!parameter.ParameterType.IsValueType && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable);
}

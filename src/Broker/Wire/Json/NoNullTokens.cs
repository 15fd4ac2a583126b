using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Null is null: left to itself, the serializer makes a token of it.</summary>
internal sealed class NoNullTokens(IValueProvider inner) : IValueProvider
{
    public object? GetValue(object target) => inner.GetValue(target);

    public void SetValue(object target, object? value) => inner.SetValue(target, value is JValue { Type: JTokenType.Null } ? null : value);
}

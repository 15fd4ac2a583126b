using System.Globalization;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Compares JSON that a directive holds as JSON: what it says, not what class of .NET it was made of.</summary>
internal static class JsonTokens
{
    public static bool WriteTheSame(JToken one, JToken other) => (one, other) switch
    {
        (JObject ours, JObject theirs) => ours.Count == theirs.Count && ours.Properties().All(ourMember => theirs.Property(ourMember.Name, StringComparison.Ordinal) is { } theirMember && WriteTheSame(ourMember.Value, theirMember.Value)),
        (JArray ours, JArray theirs) => ours.Count == theirs.Count && ours.Zip(theirs).All(pair => WriteTheSame(pair.First, pair.Second)),
        _ => JToken.DeepEquals(one, other) || WriteTheSameText(one, other),
    };

    private static bool WriteTheSameText(JToken one, JToken other)
    {
        string ours = Text(one);
        string theirs = Text(other);
        return ours == theirs || (IsNumber(one) && IsNumber(other) && AreSameNumbers(ours, theirs));
    }

    private static bool IsNumber(JToken token) => token.Type is JTokenType.Integer or JTokenType.Float;

    // 1.50 of a decimal arrives as 1.5; of one with more digits than a double has, another number would arrive.
    private static bool AreSameNumbers(string ours, string theirs) =>
        double.TryParse(ours, CultureInfo.InvariantCulture, out double one) && double.TryParse(theirs, CultureInfo.InvariantCulture, out double other) && one.Equals(other) &&
        (!decimal.TryParse(ours, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact) || !decimal.TryParse(theirs, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal otherExact) || exact == otherExact);

    private static string Text(JToken token)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var json = new BoundedJsonWriter(text))
        {
            token.WriteTo(json);
        }

        return text.ToString();
    }
}

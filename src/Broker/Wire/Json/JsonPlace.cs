using System.Globalization;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>
/// Where in a directive something is the matter, told without any value: messages of Newtonsoft.Json quote what they could not read,
/// and the keys of a dictionary, or members that nobody knows, are values too.
/// </summary>
internal static class JsonPlace
{
    /// <summary>A path with what is no member of the directive's types left out.</summary>
    /// <param name="path">As Newtonsoft.Json writes it.</param>
    /// <param name="root">The type of the directive.</param>
    /// <param name="expected">The type that is declared there; null where none is.</param>
    public static string Of(string? path, Type root, out Type? expected)
    {
        expected = root;
        var place = new StringBuilder();
        ReadOnlySpan<char> rest = path;
        while (!rest.IsEmpty)
        {
            string step = Next(ref rest, out bool isIndex);
            JsonContract? contract = expected is null ? null : DirectiveContracts.Shared.ResolveContract(Nullable.GetUnderlyingType(expected) ?? expected);
            if (isIndex)
            {
                place.Append(CultureInfo.InvariantCulture, $"[{step}]");
                expected = (contract as JsonArrayContract)?.CollectionItemType;
            }
            else if (contract is JsonObjectContract members && members.Properties.GetClosestMatchProperty(step) is { } member)
            {
                place.Append(place.Length == 0 ? "" : ".").Append(member.PropertyName);
                expected = member.PropertyType;
            }
            else
            {
                place.Append("[*]");
                expected = (contract as JsonDictionaryContract)?.DictionaryValueType;
            }
        }

        return place.ToString();
    }

    /// <summary>Where an exception of the reader says that it happened, and what was expected there; empty where it does not say.</summary>
    public static string Of(Exception exception, Type root)
    {
        (string? path, int line, int position) = exception switch
        {
            JsonReaderException json => (json.Path, json.LineNumber, json.LinePosition),
            JsonSerializationException json => (json.Path, json.LineNumber, json.LinePosition),
            _ => (null, 0, 0),
        };
        if (string.IsNullOrEmpty(path) && line == 0)
        {
            return "";
        }

        string place = Of(path, root, out Type? expected);
        return (place.Length == 0 ? "" : $" at '{place}'") +
            (line == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" at line {line}, position {position}")) +
            (place.Length == 0 || expected is null ? "" : $", where a {expected} is expected");
    }

    private static string Next(ref ReadOnlySpan<char> rest, out bool isIndex)
    {
        isIndex = false;
        if (rest[0] == '.')
        {
            rest = rest[1..];
        }

        int end;
        string step;
        if (rest.StartsWith("['"))
        {
            end = rest.IndexOf("']");
            while (end > 0 && rest[end - 1] == '\\')
            {
                int more = rest[(end + 1)..].IndexOf("']");
                end = more < 0 ? -1 : end + 1 + more;
            }

            step = end < 0 ? "" : rest[2..end].ToString();
            rest = end < 0 ? [] : rest[(end + 2)..];
            return step;
        }

        if (rest.StartsWith("["))
        {
            end = rest.IndexOf(']');
            step = end < 0 ? "" : rest[1..end].ToString();
            rest = end < 0 ? [] : rest[(end + 1)..];
            isIndex = true;
            return step;
        }

        end = rest.IndexOfAny('.', '[');
        step = (end < 0 ? rest : rest[..end]).ToString();
        rest = end < 0 ? [] : rest[end..];
        return step;
    }
}

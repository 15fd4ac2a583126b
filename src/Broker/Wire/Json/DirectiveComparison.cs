using System.Collections;
using System.Reflection;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Where what was read differs from what was written.</summary>
/// <param name="Place">The member.</param>
/// <param name="Why">How, without any value.</param>
internal sealed record DirectiveDifference(string Place, string Why);

/// <summary>Compares a directive with the one that a worker would get, member by member.</summary>
internal sealed partial class DirectiveComparison
{
    private const BindingFlags Shown = BindingFlags.Instance | BindingFlags.Public;
    private const string AnotherValue = "would arrive with another value";

    // What a converter makes one value of may be anything, loops included.
    private const int MaxDepth = 200;
    private const int MaxShown = 10_000;

    private readonly HashSet<(object Written, object Read)> _seen = new(PairComparer.Instance);
    private int _depth;
    private int _shownDepth;
    private int _shownLeft;

    private DirectiveComparison()
    {
    }

    /// <summary>The first difference; null where there is none.</summary>
    public static DirectiveDifference? Find(ITaskDirective written, ITaskDirective read)
    {
        try
        {
            return new DirectiveComparison().Compare(written, read, written.GetType(), "");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Code of the user: what it says may hold a value.
            return new DirectiveDifference("", $"cannot be compared: {DirectiveWriting.Origin(exception)}");
        }
    }

    private DirectiveDifference? Compare(object? written, object? read, Type declared, string place)
    {
        if (ReferenceEquals(written, read) || (written is null or JValue { Type: JTokenType.Null } && read is null or JValue { Type: JTokenType.Null }))
        {
            return null;
        }

        if (written is null || read is null)
        {
            return new DirectiveDifference(place, read is null ? "would arrive as null" : "is null and would arrive as a value");
        }

        // A worker gets no array or list of the same class where only an interface is declared, but the same elements.
        bool isAnyCollection = declared.IsInterface && written is IEnumerable and not string && read is IEnumerable and not string;

        // IPAddress.Loopback and the like are of a class that nobody else can make, and equal to what others make.
        bool isHiddenKind = FrameworkTypes.Has(written.GetType()) && !written.GetType().IsVisible && read.GetType().IsInstanceOfType(written);
        if (written.GetType() != read.GetType() && !isAnyCollection && !isHiddenKind)
        {
            string where = declared == typeof(object) ? "Of what is declared as object, only string, bool, long, double and JSON (JObject, JArray) arrive as they are" : "JSON does not say the class";
            return new DirectiveDifference(place, $"holds a {written.GetType()} and would arrive as a {read.GetType()}. {where}: put a {read.GetType()} there, or declare it as what it holds");
        }

        if (Scalar(written, read) is { } areEqual)
        {
            return areEqual ? null : new DirectiveDifference(place, AnotherValue);
        }

        if (!written.GetType().IsValueType && !_seen.Add((written, read)))
        {
            return null;
        }

        _depth++;
        try
        {
            return _depth > MaxDepth ? null : CompareParts(written, read, place);
        }
        finally
        {
            _depth--;
        }
    }

    /// <summary>Whether two values without parts are equal; null where they have parts.</summary>
    private static bool? Scalar(object written, object read) => (written, read) switch
    {
        (string ours, string theirs) => ours == theirs,
        (double ours, double theirs) => ours.Equals(theirs) && (double.IsNaN(ours) || double.IsNegative(ours) == double.IsNegative(theirs)),
        (float ours, float theirs) => ours.Equals(theirs) && (float.IsNaN(ours) || float.IsNegative(ours) == float.IsNegative(theirs)),
        (Half ours, Half theirs) => ours.Equals(theirs) && (Half.IsNaN(ours) || Half.IsNegative(ours) == Half.IsNegative(theirs)),
        (decimal ours, decimal theirs) => ours == theirs && ours.Scale == theirs.Scale,
        (DateTime ours, DateTime theirs) => ours == theirs && ours.Kind == theirs.Kind && IsTheSameEverywhere(ours),
        (DateTimeOffset ours, DateTimeOffset theirs) => ours.EqualsExact(theirs),
        (Uri ours, Uri theirs) => ours == theirs && ours.IsAbsoluteUri == theirs.IsAbsoluteUri && ours.OriginalString == theirs.OriginalString,
        (JToken ours, JToken theirs) => JsonTokens.WriteTheSame(ours, theirs),
        (byte[] ours, byte[] theirs) => ours.AsSpan().SequenceEqual(theirs),
        _ when written is IEnumerable => null,
        _ when written.GetType() is { IsPrimitive: true } or { IsEnum: true } => written.Equals(read),
        _ when FrameworkTypes.Has(written.GetType()) && FrameworkTypes.HasEquals(written.GetType()) => written.Equals(read),
        _ => null,
    };

    // At either end of time, other zones cannot say the moment.
    private static bool IsTheSameEverywhere(DateTime time) =>
        time.Kind != DateTimeKind.Local || (time - DateTime.MinValue > TimeSpan.FromDays(2) && DateTime.MaxValue - time > TimeSpan.FromDays(2));

    private static bool IsTold(JsonProperty property) => property is { Ignored: false, Readable: true, ValueProvider: not null };

    private DirectiveDifference? CompareParts(object written, object read, string place)
    {
        Type type = written.GetType();
        JsonContract contract = DirectiveContracts.Shared.ResolveContract(type);
        if (written is IEnumerable ours && read is IEnumerable theirs)
        {
            if (!CollectionComparers.AreSame(written, read))
            {
                return new DirectiveDifference(place, "has a comparer that a worker would not get. Let the type give the member a collection with that comparer");
            }

            DirectiveDifference? difference = contract is JsonDictionaryContract dictionary
                ? CompareEntries(ours, theirs, dictionary, place)
                : CompareElements(ours, theirs, (contract as JsonArrayContract)?.CollectionItemType ?? typeof(object), place);
            return difference ?? (FrameworkTypes.Has(type) || written.GetType() != read.GetType() ? null : CompareShown(written, read, type, place));
        }

        return contract is JsonObjectContract { Converter: null } members
            ? CompareMembers(written, read, members, place)
            : CompareOpaque(written, read, type, place);
    }

    private DirectiveDifference? CompareElements(IEnumerable written, IEnumerable read, Type declared, string place)
    {
        if (written is Array { Rank: > 1 } ours && read is Array theirs && Enumerable.Range(0, ours.Rank).Any(rank => ours.GetLength(rank) != theirs.GetLength(rank)))
        {
            return new DirectiveDifference(place, "would arrive with other dimensions. Declare an array of arrays (T[][]), or send no such array without elements");
        }

        object?[] sent = [.. written.Cast<object?>()];
        object?[] got = [.. read.Cast<object?>()];
        if (sent.Length != got.Length)
        {
            return new DirectiveDifference(place, $"would arrive with another number of elements{Remedy(place)}");
        }

        for (int index = 0; index < sent.Length; index++)
        {
            if (Compare(sent[index], got[index], declared, $"{place}[{index}]") is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private DirectiveDifference? CompareEntries(IEnumerable written, IEnumerable read, JsonDictionaryContract contract, string place)
    {
        List<(object Key, object? Value)> sent = Entries(written);
        List<(object Key, object? Value)> got = Entries(read);
        if (sent.Count != got.Count)
        {
            return new DirectiveDifference(place, "would arrive with another number of entries");
        }

        Dictionary<object, (object Key, object? Value)>? byKey = null;
        for (int index = 0; index < sent.Count; index++)
        {
            (object key, object? value) = sent[index];
            object? other = got[index].Value;
            if (Compare(key, got[index].Key, contract.DictionaryKeyType ?? typeof(object), place) is not null)
            {
                // By the order of its entries a dictionary may differ, by its keys not.
                byKey ??= got.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key);
                if (!byKey.TryGetValue(key, out (object Key, object? Value) found) || Compare(key, found.Key, contract.DictionaryKeyType ?? typeof(object), place) is not null)
                {
                    return new DirectiveDifference(place, "would arrive with other keys. Declare keys of type string");
                }

                other = found.Value;
            }

            if (Compare(value, other, contract.DictionaryValueType ?? typeof(object), $"{place}[*]") is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static List<(object Key, object? Value)> Entries(IEnumerable dictionary)
    {
        var entries = new List<(object Key, object? Value)>();
        foreach (object entry in dictionary)
        {
            Type type = entry.GetType();
            entries.Add(entry is DictionaryEntry plain ? (plain.Key, plain.Value) : (type.GetProperty("Key")!.GetValue(entry)!, type.GetProperty("Value")!.GetValue(entry)));
        }

        return entries;
    }

    private DirectiveDifference? CompareMembers(object written, object read, JsonObjectContract contract, string place)
    {
        Type type = written.GetType();
        foreach (JsonProperty property in contract.Properties.Where(IsTold))
        {
            string member = place.Length == 0 ? property.PropertyName! : $"{place}.{property.PropertyName}";
            DirectiveDifference? difference;
            bool hides;
            try
            {
                difference = Compare(property.ValueProvider!.GetValue(written), property.ValueProvider.GetValue(read), property.PropertyType!, member);
                hides = difference is null && ExactContracts.HidesAnother(type, property) && HiddenDiffers(written, read, property);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                return new DirectiveDifference(member, $"cannot be compared: {DirectiveWriting.Origin(exception)}");
            }

            if (difference is not null)
            {
                return difference.Place == member && !property.Writable
                    ? difference with { Why = $"{difference.Why}: it has no public set or init, and no constructor parameter of its name. Give it one, or mark it with [JsonProperty], or with [JsonIgnore] if it is computed" }
                    : difference;
            }

            if (hides)
            {
                return new DirectiveDifference(member, "hides a member of a base class, whose value would not arrive. Give one of the two another name");
            }
        }

        return CompareHidden(written, read, type, place);
    }

    private static string Remedy(string place) => place.Length == 0 ? ". A directive is an object, not a collection" : ". Declare an array or List<T>";
}

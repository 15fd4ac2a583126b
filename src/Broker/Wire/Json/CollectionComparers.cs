using System.Reflection;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>The comparers of sets and dictionaries: JSON does not say which one it was.</summary>
internal static class CollectionComparers
{
    private static readonly IEqualityComparer<string> s_usual = new Dictionary<string, int>().Comparer;

    private static readonly string[] s_names = ["Comparer", "KeyComparer", "ValueComparer"];

    /// <summary>Whether this is no collection with a comparer, or the comparer is the one that a new collection has.</summary>
    public static bool IsUsual(object collection) => Of(collection).All(IsDefault);

    /// <summary>The same for one of texts, without reflection.</summary>
    public static bool IsUsualDictionary<TValue>(object dictionary)
    {
        IEqualityComparer<string> comparer = ((Dictionary<string, TValue>)dictionary).Comparer;
        return ReferenceEquals(comparer, s_usual) || ReferenceEquals(comparer, StringComparer.Ordinal);
    }

    /// <summary>Whether two collections tell their elements apart in the same way.</summary>
    public static bool AreSame(object one, object other)
    {
        object[] ours = [.. Of(one)];
        object[] theirs = [.. Of(other)];
        return ours.Length == theirs.Length
            ? ours.Zip(theirs).All(pair => AreSameComparers(pair.First, pair.Second))
            : ours.All(IsDefault) && theirs.All(IsDefault);
    }

    // A comparer of the user without an Equals of its own is taken by its type.
    private static bool AreSameComparers(object one, object other) =>
        one.Equals(other) ||
        (IsDefault(one) && IsDefault(other)) ||
        (one.GetType() == other.GetType() && one.GetType().GetMethod(nameof(Equals), [typeof(object)])?.DeclaringType == typeof(object));

    private static IEnumerable<object> Of(object collection)
    {
        Type type = collection.GetType();
        if (!type.IsGenericType && type.BaseType == typeof(object))
        {
            yield break;
        }

        foreach (string name in s_names)
        {
            if (type.GetProperty(name, BindingFlags.Instance | BindingFlags.Public) is { CanRead: true } property &&
                property.PropertyType.Name is "IEqualityComparer`1" or "IComparer`1" &&
                property.GetIndexParameters().Length == 0 &&
                property.GetValue(collection) is { } comparer)
            {
                yield return comparer;
            }
        }
    }

    private static bool IsDefault(object comparer)
    {
        // Of a set or a dictionary by hash; sorted ones sort texts by culture.
        if (ReferenceEquals(comparer, StringComparer.Ordinal))
        {
            return true;
        }

        // The default comparers are of internal types below these.
        for (Type? type = comparer.GetType(); type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(EqualityComparer<>) || type.GetGenericTypeDefinition() == typeof(Comparer<>)))
            {
                return comparer.Equals(type.GetProperty("Default", BindingFlags.Static | BindingFlags.Public)!.GetValue(null));
            }
        }

        return false;
    }
}

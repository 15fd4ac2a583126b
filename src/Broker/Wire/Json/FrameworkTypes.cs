using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Types of .NET itself: what their public members show need not be all that they are.</summary>
internal static class FrameworkTypes
{
    private static readonly ConcurrentDictionary<Type, bool> s_hasEquals = new();

    public static bool Has(Type type) => type.Assembly == typeof(object).Assembly || type.FullName?.StartsWith("System.", StringComparison.Ordinal) == true;

    public static bool IsTuple(Type type) => typeof(ITuple).IsAssignableFrom(type);

    /// <summary>Whether the type itself says which of its values are equal, by more than where they are kept.</summary>
    public static bool HasEquals(Type type) => s_hasEquals.GetOrAdd(type, static type =>
        type.GetMethod(nameof(Equals), [typeof(object)])?.DeclaringType is { } declaring && declaring != typeof(object) && declaring != typeof(ValueType) &&
        !IsTuple(type) && !(type.IsGenericType && type.Name.StartsWith("ReadOnlyMemory", StringComparison.Ordinal)) && !type.Name.StartsWith("Memory", StringComparison.Ordinal));
}

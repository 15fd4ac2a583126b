using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1000, CA1034, CA1051, CA2227 // Types are put together at run time from these.

/// <summary>A directive of one member, in each way that a member may be declared.</summary>
public sealed class Settable<T> : TaskDirective
{
    public T? Value { get; set; }
}

public sealed class Initialised<T> : TaskDirective
{
    public T? Value { get; set; } = Samples.Some<T>();
}

public sealed class SharedInitial<T> : TaskDirective
{
    public T? Value { get; set; } = Samples.Shared<T>();
}

public sealed class GetOnly<T> : TaskDirective
{
    public GetOnly() => Value = Samples.Some<T>();

    public GetOnly(T? value) => Value = value;

    public T? Value { get; }
}

public sealed class NotPublic<T> : TaskDirective
{
    public T? Value { get; private set; }

    public void Set(T? value) => Value = value;
}

public sealed class InitOnly<T> : TaskDirective
{
    public required T? Value { get; init; }
}

public sealed class InField<T> : TaskDirective
{
    public T? Value;
}

public class Inherited<T> : TaskDirective
{
    public virtual T? Value { get; set; }
}

public sealed class Overriding<T> : Inherited<T>
{
    public override T? Value { get; set; } = Samples.Some<T>();

    public string? More { get; set; }
}

public sealed class InRecord<T> : TaskDirective
{
    public Pair<T>? Value { get; set; } = new(default, 7);
}

public sealed record Pair<T>(T? First, int Second)
{
    public T? Third { get; init; }
}

public sealed class Holder<T>
{
    public T? Inner { get; set; } = Samples.Some<T>();

    public int Number { get; set; } = 3;
}

[Flags]
public enum Rights : ulong
{
    None = 0,
    Read = 1,
    Last = 1UL << 63,
}

public enum Small : sbyte
{
    Below = -128,
    Zero = 0,
}

/// <summary>Values of any type that is put together here, from a seed.</summary>
public static class Samples
{
    private static readonly ConcurrentDictionary<Type, object?> s_shared = new();

    /// <summary>The same value for a type each time, as another object.</summary>
    public static T? Some<T>() => (T?)Make(typeof(T), new Random(1), 3);

    /// <summary>One object for the whole process.</summary>
    public static T? Shared<T>() => (T?)s_shared.GetOrAdd(typeof(T), static type => Make(type, new Random(2), 3));

    public static object? Make(Type type, Random random, int depth)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return random.Next(3) == 0 ? null : Make(underlying, random, depth);
        }

        if (!type.IsValueType && random.Next(8) == 0)
        {
            return null;
        }

        if (s_values.TryGetValue(type, out object?[]? values))
        {
            return values[random.Next(values.Length)];
        }

        if (type.IsEnum)
        {
            Array defined = Enum.GetValues(type);
            return defined.GetValue(random.Next(defined.Length));
        }

        if (type.IsArray)
        {
            return MakeArray(type, random, depth);
        }

        Type[] arguments = type.IsGenericType ? type.GetGenericArguments() : [];
        Type? definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        int count = depth <= 0 ? 0 : random.Next(4);
        object? Item(int argument) => Make(arguments[argument], random, depth - 1);
        if (definition == typeof(Holder<>) || definition == typeof(Pair<>))
        {
            object made = definition == typeof(Holder<>) ? Activator.CreateInstance(type)! : Activator.CreateInstance(type, Item(0), random.Next())!;
            type.GetProperty(definition == typeof(Holder<>) ? "Inner" : "Third")!.SetValue(made, Item(0));
            return made;
        }

        if (definition == typeof(KeyValuePair<,>) || typeof(System.Runtime.CompilerServices.ITuple).IsAssignableFrom(type))
        {
            return Activator.CreateInstance(type, Item(0), Item(1));
        }

        if (arguments.Length == 2)
        {
            var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
            for (int entry = 0; entry < count; entry++)
            {
                if (Item(0) is { } key)
                {
                    dictionary[key] = Item(1);
                }
            }

            return type.IsAssignableFrom(dictionary.GetType()) ? dictionary
                : definition == typeof(ImmutableDictionary<,>) ? Call(typeof(ImmutableDictionary), nameof(ImmutableDictionary.ToImmutableDictionary), arguments, dictionary)
                : Activator.CreateInstance(type, dictionary);
        }

        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(arguments))!;
        for (int element = 0; element < count; element++)
        {
            list.Add(Item(0));
        }

        return type.IsAssignableFrom(list.GetType()) ? list
            : definition == typeof(ImmutableArray<>) ? Call(typeof(ImmutableArray), nameof(ImmutableArray.ToImmutableArray), arguments, list)
            : definition == typeof(ImmutableList<>) ? Call(typeof(ImmutableList), nameof(ImmutableList.ToImmutableList), arguments, list)
            : definition == typeof(ISet<>) ? Activator.CreateInstance(typeof(HashSet<>).MakeGenericType(arguments), list)
            : definition == typeof(ArraySegment<>) || definition == typeof(Memory<>) || definition == typeof(ReadOnlyMemory<>) ? Activator.CreateInstance(type, Make(arguments[0].MakeArrayType(), new Random(5), 2) ?? Array.CreateInstance(arguments[0], 2))
            : Activator.CreateInstance(type, list);
    }

    /// <summary>All that a value is, by its fields, and its collections by their elements.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "null",
        string text => JToken.FromObject(text).ToString(Newtonsoft.Json.Formatting.None),
        double real => $"double {BitConverter.DoubleToInt64Bits(double.IsNaN(real) ? double.NaN : real)}",
        float real => $"float {BitConverter.SingleToInt32Bits(float.IsNaN(real) ? float.NaN : real)}",
        Half real => $"half {BitConverter.HalfToInt16Bits(Half.IsNaN(real) ? Half.NaN : real)}",
        decimal number => string.Create(CultureInfo.InvariantCulture, $"decimal {number} {number.Scale}"),
        DateTime time => string.Create(CultureInfo.InvariantCulture, $"time {time.Ticks} {time.Kind}"),
        DateTimeOffset time => string.Create(CultureInfo.InvariantCulture, $"moment {time.Ticks} {time.Offset}"),
        Uri uri => $"uri {uri.IsAbsoluteUri} {uri.OriginalString}",
        JValue { Type: JTokenType.Null } => "null",
        JToken token => $"json {token.ToString(Newtonsoft.Json.Formatting.None)}",
        Version or TimeSpan or Guid or DateOnly or TimeOnly or Enum or IConvertible or BigInteger or Int128 or UInt128 => string.Create(CultureInfo.InvariantCulture, $"{value.GetType().Name} {value}"),
        IDictionary entries => "{" + string.Join(',', Entries(entries).Order(StringComparer.Ordinal)) + "}",
        IEnumerable elements when IsUnset(elements) => "unset",
        IEnumerable elements => Shape(value) + "[" + string.Join(',', elements.Cast<object?>().Select(Describe)) + "]",
        System.Runtime.CompilerServices.ITuple tuple => "(" + string.Join(',', Enumerable.Range(0, tuple.Length).Select(index => Describe(tuple[index]))) + ")",
        _ when value.GetType() is { IsGenericType: true } type && type.Name.Contains("Memory", StringComparison.Ordinal) => Describe(type.GetMethod("ToArray")!.Invoke(value, null)),
        _ => value.GetType().Name + "<" + string.Join(',', Fields(value.GetType()).Select(field => $"{field.Name}={Describe(field.GetValue(value))}")) + ">",
    };

    private static IEnumerable<string> Entries(IDictionary entries)
    {
        foreach (DictionaryEntry entry in entries)
        {
            yield return $"{Describe(entry.Key)}:{Describe(entry.Value)}";
        }
    }

    // The default of an ImmutableArray or an ArraySegment.
    private static bool IsUnset(IEnumerable value)
    {
        try
        {
            value.GetEnumerator();
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private static string Shape(object value) => value is Array { Rank: > 1 } array ? string.Join('x', Enumerable.Range(0, array.Rank).Select(array.GetLength)) : "";

    private static IEnumerable<FieldInfo> Fields(Type? type) =>
        type is null || type == typeof(object) ? [] : Fields(type.BaseType).Concat(type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));

    private static object MakeArray(Type type, Random random, int depth)
    {
        Type element = type.GetElementType()!;
        int[] lengths = [.. Enumerable.Range(0, type.GetArrayRank()).Select(_ => depth <= 0 ? 0 : random.Next(type.GetArrayRank() == 1 ? 0 : 1, 4))];
        var array = Array.CreateInstance(element, lengths);
        int[] index = new int[lengths.Length];
        for (int flat = 0; flat < array.Length; flat++)
        {
            int rest = flat;
            for (int rank = lengths.Length - 1; rank >= 0; rank--)
            {
                index[rank] = rest % lengths[rank];
                rest /= lengths[rank];
            }

            array.SetValue(Make(element, random, depth - 1), index);
        }

        return array;
    }

    private static object? Call(Type type, string method, Type[] arguments, object argument) =>
        type.GetMethods().First(found => found.Name == method && found.GetGenericArguments().Length == arguments.Length && found.GetParameters() is [var only] && only.ParameterType.Name.StartsWith("IEnumerable", StringComparison.Ordinal))
            .MakeGenericMethod(arguments).Invoke(null, [argument]);

    private static readonly Dictionary<Type, object?[]> s_values = new()
    {
        [typeof(bool)] = [true, false],
        [typeof(char)] = ['a', '\0', '"', '\u2028', 'é', '\ud83d'],
        [typeof(byte)] = [(byte)0, (byte)255],
        [typeof(sbyte)] = [(sbyte)-128, (sbyte)127],
        [typeof(short)] = [short.MinValue, short.MaxValue],
        [typeof(ushort)] = [(ushort)0, ushort.MaxValue],
        [typeof(int)] = [0, -1, int.MinValue, int.MaxValue],
        [typeof(uint)] = [0u, uint.MaxValue],
        [typeof(long)] = [0L, long.MinValue, long.MaxValue],
        [typeof(ulong)] = [0UL, (ulong)long.MaxValue + 1, ulong.MaxValue],
        [typeof(float)] = [0f, -0f, float.Epsilon, float.MaxValue, 0.1f, 16777217f, float.NaN, float.NegativeInfinity],
        [typeof(double)] = [0d, -0d, double.Epsilon, double.MaxValue, 0.1, 1e21, 5d, double.NaN, double.PositiveInfinity],
        [typeof(decimal)] = [0m, 0.0m, 1.50m, 5m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m, -79228162514264337593543950.335m],
        [typeof(Half)] = [(Half)0, Half.MaxValue, Half.Epsilon, Half.NaN],
        [typeof(BigInteger)] = [BigInteger.Zero, BigInteger.Pow(10, 40), -BigInteger.Pow(10, 400)],
        [typeof(Int128)] = [Int128.MinValue, Int128.One],
        [typeof(UInt128)] = [UInt128.MaxValue],
        [typeof(Guid)] = [Guid.Empty, new Guid("00112233-4455-6677-8899-aabbccddeeff")],
        [typeof(TimeSpan)] = [TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue, TimeSpan.FromTicks(1)],
        [typeof(DateOnly)] = [DateOnly.MinValue, DateOnly.MaxValue, new DateOnly(2024, 2, 29)],
        [typeof(TimeOnly)] = [TimeOnly.MinValue, TimeOnly.MaxValue],
        [typeof(DateTime)] =
        [
            default(DateTime), DateTime.MaxValue, new DateTime(2024, 2, 29, 10, 0, 0, DateTimeKind.Utc).AddTicks(1), new DateTime(2024, 3, 31, 2, 30, 0, DateTimeKind.Local),
            new DateTime(2024, 10, 27, 2, 30, 0, DateTimeKind.Unspecified), new DateTime(0, DateTimeKind.Utc), new DateTime(0, DateTimeKind.Local), DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Local),
        ],
        [typeof(DateTimeOffset)] = [default(DateTimeOffset), DateTimeOffset.MaxValue, new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromMinutes(-570)), new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.FromHours(14))],
        [typeof(Uri)] = [new Uri("https://host/a%20b?c=d#e"), new Uri("/a", UriKind.Relative), new Uri("a/b", UriKind.RelativeOrAbsolute)],
        [typeof(Version)] = [new Version(1, 2), new Version(1, 2, 3, 4)],
        [typeof(string)] = ["", "a", "2024-01-01T00:00:00Z", "\"\\\0\u2028é😀", "$type", "$ref", "A", "\ud83d", " "],
        [typeof(byte[])] = [Array.Empty<byte>(), new byte[] { 0, 255 }, new byte[27]],
        [typeof(object)] = ["text", 5, 5L, 1.5, 1.5m, true, Guid.Empty, new List<int> { 1 }, DateTime.UnixEpoch],
        [typeof(JToken)] = [new JValue(5L), new JValue("a"), new JValue(DateTime.UnixEpoch), new JObject { ["a"] = 1, ["$id"] = "x" }, new JArray(1, 2.5), JValue.CreateNull(), new JObject { ["$type"] = "x" }],
        [typeof(JRaw)] = [new JRaw("{\"a\":[1]}"), new JRaw("1, 2"), new JRaw("5.00")],
        [typeof(TaskId)] = [new TaskId("a"), default(TaskId)],
    };
}

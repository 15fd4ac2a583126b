using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;
using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

/// <summary>Types of directives put together at random, with random values: what is read is what was written, or the writing refuses.</summary>
public sealed class DirectiveFidelityPropertyTests
{
    private const int Directives = 1_500;

    private static readonly Type[] s_ways =
    [
        typeof(Settable<>), typeof(Initialised<>), typeof(SharedInitial<>), typeof(GetOnly<>), typeof(NotPublic<>), typeof(InitOnly<>), typeof(InField<>), typeof(Inherited<>),
        typeof(Overriding<>), typeof(InRecord<>),
    ];

    private static readonly Type[] s_leaves =
    [
        typeof(string), typeof(bool), typeof(char), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(float),
        typeof(double), typeof(decimal), typeof(Half), typeof(BigInteger), typeof(Int128), typeof(UInt128), typeof(Guid), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly),
        typeof(DateTime), typeof(DateTimeOffset), typeof(Uri), typeof(Version), typeof(byte[]), typeof(object), typeof(JToken), typeof(JRaw), typeof(TaskId), typeof(Colour), typeof(Rights),
        typeof(Small),
    ];

    private static readonly Type[] s_collections =
    [
        typeof(List<>), typeof(HashSet<>), typeof(SortedSet<>), typeof(Queue<>), typeof(Stack<>), typeof(LinkedList<>), typeof(ConcurrentBag<>), typeof(ConcurrentQueue<>), typeof(ImmutableArray<>),
        typeof(ImmutableList<>), typeof(ReadOnlyCollection<>), typeof(Collection<>), typeof(IEnumerable<>), typeof(IReadOnlyList<>), typeof(IList<>), typeof(ISet<>), typeof(ArraySegment<>),
        typeof(ReadOnlyMemory<>), typeof(Memory<>), typeof(Holder<>), typeof(Pair<>),
    ];

    private static readonly Type[] s_dictionaries =
    [
        typeof(Dictionary<,>), typeof(SortedDictionary<,>), typeof(ConcurrentDictionary<,>), typeof(ImmutableDictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>),
        typeof(KeyValuePair<,>), typeof(ValueTuple<,>), typeof(Tuple<,>),
    ];

    private static readonly Type[] s_keys = [typeof(string), typeof(string), typeof(int), typeof(Guid), typeof(Colour), typeof(DateTime), typeof(double), typeof(char), typeof(TaskId), typeof((int, string))];

    private static T One<T>(Random random, T[] of) => of[random.Next(of.Length)];

    private static Type Any(Random random, int depth)
    {
        int kind = depth == 0 ? 0 : random.Next(8);
        Type inner = kind < 3 ? One(random, s_leaves) : Any(random, depth - 1);
        return kind switch
        {
            < 2 => inner,
            2 => inner.IsValueType ? typeof(Nullable<>).MakeGenericType(inner) : inner,
            3 => inner.MakeArrayType(),
            4 => inner.MakeArrayType(2),
            5 => One(random, s_dictionaries).MakeGenericType(One(random, s_keys), inner),
            _ => One(random, s_collections).MakeGenericType(inner),
        };
    }

    private static TaskDirective Make(Random random)
    {
        Type way = One(random, s_ways);
        Type type = Any(random, 3);
        Type directive = way.MakeGenericType(type);
        object? value = Samples.Make(way == typeof(InRecord<>) ? typeof(Pair<>).MakeGenericType(type) : type, random, 3);
        if (way == typeof(GetOnly<>))
        {
            return (TaskDirective)directive.GetConstructor([type])!.Invoke([value]);
        }

        object made = Activator.CreateInstance(directive)!;
        if (way == typeof(InField<>))
        {
            directive.GetField("Value")!.SetValue(made, value);
        }
        else
        {
            directive.GetProperty("Value")!.SetValue(made, value);
        }

        return (TaskDirective)made;
    }

    [Fact]
    public void What_is_read_is_what_was_written_or_the_writing_refuses_it()
    {
        var faults = new List<string>();
        int accepted = 0;
        int refused = 0;
        for (int seed = 0; seed < Directives; seed++)
        {
            TaskDirective directive;
            try
            {
                directive = Make(new Random(seed));
            }
            catch (Exception exception) when (exception is System.Reflection.TargetInvocationException or ArgumentException or InvalidOperationException)
            {
                // No such value: null for a key, two that cannot be sorted.
                continue;
            }

            string expected = Samples.Describe(directive);
            byte[] body;
            try
            {
                body = DirectiveJson.Write(directive);
            }
            catch (DirectiveRefusedException exception)
            {
                refused++;
                if (exception.Place is null or "")
                {
                    faults.Add($"{seed} {directive.GetType()}: refused without a place: {exception.Message}");
                }

                continue;
            }
            catch (Exception exception)
            {
                faults.Add($"{seed} {directive.GetType()}: refused by {exception.GetType()}: {exception.Message}");
                continue;
            }

            string actual;
            try
            {
                actual = Samples.Describe(DirectiveJson.Read(body, directive.GetType()));
            }
            catch (Exception exception)
            {
                actual = $"{exception.GetType()}: {exception.Message}";
            }

            accepted++;
            if (actual != expected)
            {
                faults.Add($"{seed} {directive.GetType()}\n  {expected}\n  {Encoding.UTF8.GetString(body)}\n  {actual}");
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} of {accepted} accepted and {refused} refused:\n{string.Join('\n', faults.Take(40))}");
        Assert.True(accepted > Directives / 3, $"{accepted} accepted, {refused} refused");
    }
}

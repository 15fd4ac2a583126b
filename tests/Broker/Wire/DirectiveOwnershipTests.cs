using System.Collections;
using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1819, CA2227, CA1812, CA1822, CA1034, CA1024, CA1715, CA1000, CA1716 // Directives as users write them.

/// <summary>What a type gives its members: nobody else's object is changed, and code of the user without an end ends.</summary>
public sealed class DirectiveOwnershipTests
{
    private static T Sent<T>(T directive)
        where T : class, ITaskDirective => (T)DirectiveJson.Read(DirectiveJson.Write(directive), typeof(T))!;

    private static T Received<T>(string json)
        where T : class, ITaskDirective => (T)DirectiveJson.Read(Encoding.UTF8.GetBytes(json), typeof(T))!;

    private static DirectiveRefusedException Refused(ITaskDirective directive) => Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(directive));

    [Fact]
    public void A_getter_that_makes_another_object_each_time_is_followed_only_so_far()
    {
        Assert.Equal("a", Received<Calendar>("{\"Name\":\"a\"}").Name);
        Assert.Equal("a", Received<Branching>("{\"Name\":\"a\"}").Name);
        Assert.Equal("a", Received<Widening>("{\"Name\":\"a\"}").Name);
        Assert.Equal(5, Received<Calendar>("{\"X\":{\"D\":5}}").X.D);
        Assert.Contains("nested deeper", Refused(new Calendar()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_generic_class_with_a_member_of_itself_of_another_type_is_read_and_written()
    {
        var read = Sent(new Generic { Name = "a", Nested = new Generic.Of<int> { Value = 5 } });
        Assert.Equal(("a", 5), (read.Name, read.Nested!.Value));
    }

    [Fact]
    public void Getters_without_an_end_of_what_a_converter_writes_are_compared_only_so_far()
    {
        Assert.Equal(5, Sent(new Converting { Point = new Tree(5) }).Point!.Number);
        Assert.Equal("Point.Number", Refused(new Converting { Point = new Tree(-1) }).Place);
    }

    [Fact]
    public void A_shared_collection_of_an_object_with_a_constructor_stays_as_it_is()
    {
        for (int time = 0; time < 3; time++)
        {
            var read = Received<Constructed>("{\"N\":{\"Id\":5,\"Kinds\":[\"z\"],\"Map\":{\"evil\":9},\"Tags\":[\"z\"],\"Part\":{\"A\":9}},\"Initial\":{\"Id\":6,\"Kinds\":[\"z\"],\"Map\":{\"evil\":9},\"Part\":{\"A\":9}}}");
            Assert.Equal((5, 6), (read.N!.Id, read.Initial.Id));
            Assert.Equal(["x"], read.N.Tags);
            Assert.Equal(5, Sent(new Constructed { N = new N(5) }).N!.Id);
        }

        Assert.Equal(["a", "b"], new N(1).Kinds);
        Assert.Equal(["a"], new N(1).Map.Keys);
        Assert.Equal(0, new N(1).Part.A);
        var changed = new N(5);
        changed.Tags.Add("y");
        Assert.Equal("N.Tags", Refused(new Constructed { N = changed }).Place);
    }

    [Fact]
    public void A_collection_that_a_constructor_takes_is_read()
    {
        Assert.Equal(["a"], Sent(new Settable<Taking> { Value = new Taking(["a"]) }).Value!.Names);
    }

    [Fact]
    public void One_type_of_directive_does_not_change_how_another_is_read()
    {
        var first = Received<WithSharedInside>("{\"S\":{\"H\":[\"z\"]}}");
        Assert.Equal(["z"], first.S.H);
        Assert.Equal(["shared"], WithSharedInside.Shared);
        var second = Sent(new WithOwn { S = { H = { "a" } } });
        Assert.Contains("A", second.S.H);
        Assert.Contains("A", Received<WithOwn>("{\"S\":{\"H\":[\"a\"]}}").S.H);
    }

    [Fact]
    public void A_collection_that_cannot_be_changed_is_replaced()
    {
        var read = Received<Fixed>("{\"List\":[\"z\",\"y\"],\"Collection\":[5],\"Sequence\":[5],\"Iterator\":[5],\"Array\":[5],\"Map\":{\"z\":5},\"Inner\":{\"List\":[\"z\"]},\"Plain\":[5]}");
        Assert.Equal(["z", "y"], read.List);
        Assert.Equal([5], read.Collection);
        Assert.Equal([5], read.Sequence);
        Assert.Equal([5], read.Iterator);
        Assert.Equal([5], read.Array);
        Assert.Equal(["z"], read.Map.Keys);
        Assert.Equal(["z"], read.Inner.List);
        Assert.Equal([5L], read.Plain.Cast<object>());
        Assert.Equal(["q"], Sent(new Fixed { List = ["q"] }).List);
    }

    public sealed record Period(int D)
    {
        public Period Next => new(D + 1);
    }

    public sealed class Calendar : TaskDirective
    {
        public string? Name { get; set; }

        public Period X { get; set; } = new(1);
    }

    public sealed record Fork(int D)
    {
        public Fork Left => new(D + 1);

        public Fork Right => new(D + 2);
    }

    public sealed class Branching : TaskDirective
    {
        public string? Name { get; set; }

        public Fork X { get; } = new(1);
    }

    public sealed class Wide<T>
    {
        public object Next => new Wide<List<T>>();
    }

    public sealed class Widening : TaskDirective
    {
        public string? Name { get; set; }

        public Wide<int> X { get; set; } = new();
    }

    public sealed class Generic : TaskDirective
    {
        public string? Name { get; set; }

        public Of<int>? Nested { get; set; }

        public sealed class Of<T>
        {
            public T? Value { get; set; }

            public Of<List<T>>? Next { get; set; }
        }
    }

    [JsonConverter(typeof(TreeConverter))]
    public sealed class Tree(int number)
    {
        public Tree Left => new(0);

        public Tree Right => new(0);

        public int Number { get; } = number;
    }

    public sealed class TreeConverter : JsonConverter<Tree>
    {
        public override Tree? ReadJson(JsonReader reader, Type objectType, Tree? existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            new((int)Math.Abs((long)reader!.Value!));

        public override void WriteJson(JsonWriter writer, Tree? value, JsonSerializer serializer) => writer!.WriteValue(value!.Number);
    }

    public sealed class Converting : TaskDirective
    {
        public Tree? Point { get; set; }
    }

    public sealed class Part
    {
        public int A { get; set; }
    }

    public sealed record N(int Id)
    {
        private static readonly List<string> s_kinds = ["a", "b"];

        private static readonly Dictionary<string, int> s_map = new() { ["a"] = 1 };

        private static readonly Part s_part = new();

        public List<string> Kinds => s_kinds;

        public Dictionary<string, int> Map { get; } = s_map;

        public Part Part => s_part;

        public List<string> Tags { get; } = ["x"];
    }

    public sealed class Constructed : TaskDirective
    {
        public N? N { get; set; }

        public N Initial { get; set; } = new(1);
    }

    public sealed class Taking(IEnumerable<string> names)
    {
        public List<string> Names { get; } = [.. names];
    }

    public sealed class Settings
    {
        public HashSet<string> H { get; set; } = new(StringComparer.OrdinalIgnoreCase);
    }

    public sealed class WithSharedInside : TaskDirective
    {
        public static readonly HashSet<string> Shared = ["shared"];

        public Settings S { get; set; } = new() { H = Shared };
    }

    public sealed class WithOwn : TaskDirective
    {
        public Settings S { get; set; } = new();
    }

    public sealed class Listing
    {
        public IList<string> List { get; set; } = [];
    }

    public sealed class Fixed : TaskDirective
    {
        public IReadOnlyList<string> List { get; set; } = ["a"];

        public IReadOnlyCollection<int> Collection { get; set; } = [7];

        public IEnumerable<int> Sequence { get; set; } = [7, 8];

        public IEnumerable<int> Iterator { get; set; } = Enumerable.Range(7, 2).Select(number => number + 1);

        public IList<int> Array { get; set; } = new[] { 7, 8 };

        public IReadOnlyDictionary<string, int> Map { get; set; } = new Dictionary<string, int> { ["a"] = 1 }.AsReadOnly();

        public Listing Inner { get; set; } = new() { List = new List<string> { "a" }.AsReadOnly() };

        public IList Plain { get; set; } = ArrayList.ReadOnly(new ArrayList { "x" });
    }
}

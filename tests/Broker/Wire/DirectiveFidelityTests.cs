using System.Collections.Concurrent;
using System.ComponentModel;
using System.Globalization;
using System.Runtime.Serialization;
using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1819, CA2227, CA1812, CA1822, CA2237, CA1034 // Directives as users write them.

/// <summary>What a worker reads is what was published, or the publish refuses it and says which member it is.</summary>
public sealed class DirectiveFidelityTests
{
    private static T Sent<T>(T directive)
        where T : class, ITaskDirective => (T)DirectiveJson.Read(DirectiveJson.Write(directive), typeof(T))!;

    private static T Received<T>(string json)
        where T : class, ITaskDirective => (T)DirectiveJson.Read(Encoding.UTF8.GetBytes(json), typeof(T))!;

    private static DirectiveRefusedException Refused(ITaskDirective directive) => Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(directive));

    [Fact]
    public void A_list_that_the_type_fills_holds_what_was_sent_and_no_more()
    {
        var read = Sent(new Filled { Numbers = [5], Appended = { 7 }, ByName = new() { ["a"] = 1 }, Names = ["a"] });
        Assert.Equal([5], read.Numbers);
        Assert.Equal([1, 2, 3, 7], read.Appended);
        Assert.Equal(["a"], read.ByName.Keys);
        Assert.Equal(["a"], read.Names);
        Assert.Empty(Sent(new Filled { Numbers = [] }).Numbers);
        Assert.Null(Sent(new Filled { Numbers = null! }).Numbers);
    }

    [Fact]
    public void A_collection_without_a_setter_holds_what_was_sent_and_no_more()
    {
        var directive = new WithoutSetters();
        directive.Numbers.Clear();
        directive.Numbers.Add(5);
        directive.Names.Add("a");
        directive.Counts["a"] = 1;
        directive.Backed.Add(2);
        WithoutSetters read = Sent(directive);
        Assert.Equal([5], read.Numbers);
        Assert.Contains("A", read.Names);
        Assert.Equal(["a"], read.Counts.Keys);
        Assert.Equal([9, 2], read.Backed);
    }

    [Fact]
    public void Members_that_are_not_sent_keep_what_the_type_gives_them()
    {
        var read = Received<Filled>("{\"Nested\":{\"B\":9}}");
        Assert.Equal([1, 2, 3], read.Numbers);
        Assert.Equal((11, 9), (read.Nested.A, read.Nested.B));
    }

    [Fact]
    public void An_object_that_all_directives_share_stays_as_it_is()
    {
        for (int time = 0; time < 3; time++)
        {
            var read = Received<Sharing>("{\"Settings\":{\"B\":9},\"Numbers\":[5],\"GetOnly\":[6],\"Deep\":{\"Inner\":{\"B\":8}},\"Computed\":[4]}");
            Assert.Equal(9, read.Settings.B);
            Assert.Equal([5], read.Numbers);
            Assert.Equal(8, read.Deep.Inner.B);
        }

        Assert.Equal((0, 0), (Sharing.SharedSettings.A, Sharing.SharedSettings.B));
        Assert.Equal([1], Sharing.SharedNumbers);
        Assert.Equal([5], Sent(new Sharing { Numbers = [5] }).Numbers);
        Assert.Equal([1], Sharing.SharedNumbers);
    }

    [Fact]
    public void A_set_keeps_the_comparer_that_the_type_gives_it()
    {
        var read = Sent(new Comparing { Names = { "a" } });
        Assert.Contains("A", read.Names);
        Assert.Equal("Plain", Refused(new Comparing { Plain = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "a" } }).Place);
        Assert.Equal("Map", Refused(new Comparing { Map = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 } }).Place);
        Assert.Equal("Names", Refused(new Comparing { Names = ["a", "A"] }).Place);
    }

    public static TheoryData<string, string, TaskDirective> Lossy => new()
    {
        { "Total", "no public set", new PrivatelySet(5) },
        { "Fixed", "no public set", new WithFixed(5) },
        { "Member", "DocumentDirective", new Polymorphic { Member = new DerivedPart { A = 1, C = 3 } } },
        { "Members[1]", "DerivedPart", new Polymorphic { Members = [new Part(), new DerivedPart()] } },
        { "Any", "System.Int32", new Polymorphic { Any = 5 } },
        { "Any", "System.Guid", new Polymorphic { Any = Guid.NewGuid() } },
        { "Shape", "no worker can make", new Polymorphic { Shape = new Square() } },
        { "Order", "upside down", new Ordered { Order = new Stack<int>([1, 2]) } },
        { "Maybe", "", new Ignoring { Maybe = null } },
        { "Usual", "", new Ignoring { Usual = 5 } },
        { "Hidden", "", new Ignoring { Hidden = 7 } },
        { "Typed", "$type", new TypedNames { Typed = new Part() } },
        { "Map", "$type", new Keys { Map = new() { ["$type"] = 1 } } },
        { "", "$type", new DollarMember { Type = "x" } },
        { "Day", "another value", new Converted { Day = new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc) } },
        { "Hole", "", new Converted { Hole = 5 } },
        { "Gone", "", new Converted { Gone = new Opaque(5) } },
        { "Doubled", "another value", new Doubling { Doubled = 5 } },
        { "Value", "hides", new Hiding { Value = 1 }.WithBase(2) },
        { "Named.Name", "", new Collections { Named = new NamedList { Name = "x" } } },
        { "Grid", "", new Collections { Grid = new ArraySegment<int>([1, 2, 3], 1, 1) } },
        { "Text", "System.Text.StringBuilder", new Collections { Text = new StringBuilder("secret") } },
        { "Name", "", new Requiring { Name = null } },
        { "Text", "half of a surrogate", new Collections { Named = null, Words = "\ud800" } },
        { "Throws", "System.FormatException", new Throwing() },
        { "Next", "part of itself", Looped.Make() },
    };

    [Theory]
    [MemberData(nameof(Lossy))]
    public void What_would_not_arrive_is_refused_with_its_member(string member, string why, ITaskDirective directive)
    {
        DirectiveRefusedException refused = Refused(directive);
        if (why is "half of a surrogate")
        {
            member = "Words";
        }

        Assert.True(refused.Place == member, refused.Message);
        Assert.Contains(why == "DocumentDirective" ? "DerivedPart" : why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_types_alone_do_not_tell_is_tried_and_accepted()
    {
        Assert.Equal(5, Sent(new Computing { Number = 5 }).Number);
        Assert.Equal([2, 1], Sent(new Settable<Queue<int>> { Value = new Queue<int>([2, 1]) }).Value);
        Assert.Equal(0, Sent(new Ignoring { Maybe = "x" }).Hidden);
        Assert.Equal(new DateTime(2024, 1, 2), Sent(new Converted { Day = new DateTime(2024, 1, 2) }).Day);
        Assert.Equal("x", Sent(new Keys { Extension = new Dictionary<string, JToken> { ["more"] = "x" } }).Extension!["more"]);
        Assert.Equal(Rights.Read, Sent(new Settable<Rights> { Value = Rights.Read }).Value);
        Assert.Equal([1, 2], Sent(new Settable<IEnumerable<int>> { Value = Enumerable.Range(1, 2) }).Value);
        var equal = new EqualByNumber { Number = 1, Child = new EqualByNumber { Number = 1 } };
        Assert.Equal(1, Sent(new Settable<EqualByNumber> { Value = equal }).Value!.Child!.Number);
        Assert.Null(Sent(new Settable<JToken>()).Value);
    }

    [Fact]
    public void A_local_time_is_sent_unless_the_clocks_leave_it_out()
    {
        DateTime now = DateTime.Now;
        Assert.Equal((now, DateTimeKind.Local), (Sent(new Settable<DateTime> { Value = now }).Value, Sent(new Settable<DateTime> { Value = now }).Value.Kind));
        Assert.Equal("Value", Refused(new Settable<DateTime> { Value = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Local) }).Place);
    }

    [Fact]
    public void What_directives_usually_are_needs_no_trial()
    {
        foreach (Type type in (Type[])[typeof(Usual), typeof(Filled), typeof(Settable<IReadOnlyDictionary<string, List<Part>>>), typeof(EmptyTaskDirective)])
        {
            Assert.True(DirectivePlan.For(type).IsProven, type.ToString());
        }

        var directive = new Usual { Texts = ["a"], Moments = [DateTimeOffset.UnixEpoch], Children = [new Usual.Child { Number = 1 }], ByName = new() { ["a"] = 1.5 } };
        Assert.Equal(Samples.Describe(directive), Samples.Describe(Sent(directive)));
        Assert.True(DirectivePlan.For(typeof(Usual)).IsProven);
    }

    [Fact]
    public void A_value_that_its_declaration_does_not_tell_makes_its_type_one_that_is_tried()
    {
        Sent(new Settable<Part> { Value = new Part { A = 1 } });
        Assert.True(DirectivePlan.For(typeof(Settable<Part>)).IsProven);
        Assert.Equal("Value", Refused(new Settable<Part> { Value = new DerivedPart() }).Place);
        Assert.False(DirectivePlan.For(typeof(Settable<Part>)).IsProven);
        Assert.Equal(1, Sent(new Settable<Part> { Value = new Part { A = 1 } }).Value!.A);
    }

    public class Part
    {
        public int A { get; set; }

        public int B { get; set; }
    }

    public sealed class DerivedPart : Part
    {
        public int C { get; set; }
    }

    public sealed class Filled : TaskDirective
    {
        public List<int> Numbers { get; set; } = [1, 2, 3];

        public IList<int> Appended { get; set; } = [1, 2, 3];

        public Dictionary<string, int> ByName { get; set; } = new() { ["x"] = 1 };

        public List<string> Names { get; set; } = ["x"];

        public Part Nested { get; set; } = new() { A = 11, B = 12 };
    }

    public sealed class WithoutSetters : TaskDirective
    {
        private readonly List<int> _backed = [9];

        public List<int> Numbers { get; } = [1, 2];

        public HashSet<string> Names { get; } = new(StringComparer.OrdinalIgnoreCase);

        public Dictionary<string, int> Counts { get; } = [];

        public IList<int> Backed => _backed;
    }

    public sealed class Sharing : TaskDirective
    {
        public static readonly Part SharedSettings = new();

        public static readonly List<int> SharedNumbers = [1];

        public Part Settings { get; set; } = SharedSettings;

        public List<int> Numbers { get; set; } = SharedNumbers;

        public List<int> GetOnly { get; } = SharedNumbers;

        public IList<int> Computed => SharedNumbers;

        public Nest Deep { get; set; } = new() { Inner = SharedSettings };

        public sealed class Nest
        {
            public Part Inner { get; set; } = new();
        }
    }

    public sealed class Comparing : TaskDirective
    {
        public HashSet<string> Names { get; set; } = new(StringComparer.OrdinalIgnoreCase);

        public HashSet<string>? Plain { get; set; }

        public Dictionary<string, int>? Map { get; set; }
    }

    public sealed class PrivatelySet : TaskDirective
    {
        public PrivatelySet()
        {
        }

        public PrivatelySet(int total) => Total = total;

        public int Total { get; private set; }
    }

    public sealed class WithFixed : TaskDirective
    {
        public WithFixed()
        {
        }

        public WithFixed(int value) => Fixed = value;

        public int Fixed { get; }
    }

    public interface IShape
    {
        int Size { get; }
    }

    public sealed class Square : IShape
    {
        public int Size => 1;
    }

    public sealed class Polymorphic : TaskDirective
    {
        public Part? Member { get; set; }

        public List<Part>? Members { get; set; }

        public object? Any { get; set; }

        public IShape? Shape { get; set; }
    }

    public sealed class Ordered : TaskDirective
    {
        public Stack<int>? Order { get; set; }
    }

    public sealed class Ignoring : TaskDirective
    {
        [JsonProperty(NullValueHandling = NullValueHandling.Ignore)]
        public string? Maybe { get; set; } = "initially";

        [DefaultValue(5), JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)]
        public int Usual { get; set; }

        public int Hidden { get; set; }

        public bool ShouldSerializeHidden() => Hidden < 0;
    }

    public sealed class TypedNames : TaskDirective
    {
        [JsonProperty(TypeNameHandling = TypeNameHandling.All)]
        public Part? Typed { get; set; }
    }

    public sealed class Keys : TaskDirective
    {
        public Dictionary<string, int>? Map { get; set; }

        [JsonExtensionData]
        public IDictionary<string, JToken>? Extension { get; set; }
    }

    public sealed class DollarMember : TaskDirective
    {
        [JsonProperty("$type")]
        public string? Type { get; set; }
    }

    public sealed class Converted : TaskDirective
    {
        [JsonConverter(typeof(DayConverter))]
        public DateTime Day { get; set; }

        [JsonConverter(typeof(HoleConverter))]
        public int? Hole { get; set; }

        [JsonConverter(typeof(HoleConverter))]
        public Opaque? Gone { get; set; }
    }

    public sealed class DayConverter : IsoDateTimeConverter
    {
        public DayConverter() => DateTimeFormat = "yyyy-MM-dd";
    }

    public sealed class HoleConverter : JsonConverter
    {
        public override bool CanConvert(Type objectType) => true;

        public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer) => null;

        public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer) => writer?.WriteNull();
    }

    public sealed class Opaque(int secret)
    {
        public int Secret { get; } = secret;
    }

    public sealed class Doubling : TaskDirective
    {
        private int _doubled;

        public int Doubled
        {
            get => _doubled;
            set => _doubled = value * 2;
        }
    }

    public class HidingBase : TaskDirective
    {
        public int Value { get; set; }
    }

    public sealed class Hiding : HidingBase
    {
        public new int Value { get; set; }

        public Hiding WithBase(int value)
        {
            base.Value = value;
            return this;
        }
    }

    public sealed class NamedList : List<int>
    {
        public string? Name { get; set; }
    }

    public sealed class Collections : TaskDirective
    {
        public NamedList? Named { get; set; }

        public ArraySegment<int>? Grid { get; set; }

        public StringBuilder? Text { get; set; }

        public string? Words { get; set; }
    }

    public sealed class Requiring : TaskDirective
    {
        [JsonProperty(Required = Required.DisallowNull)]
        public string? Name { get; set; } = "x";
    }

    public sealed class Throwing : TaskDirective
    {
        public int Throws => throw new FormatException("secret");
    }

    public sealed class Looped : TaskDirective
    {
        public Looped? Next { get; set; }

        public static Looped Make()
        {
            var looped = new Looped();
            looped.Next = looped;
            return looped;
        }
    }

    public sealed class Computing : TaskDirective
    {
        public int Number { get; set; }

        public string Label => Number.ToString(CultureInfo.InvariantCulture);
    }

    public sealed class EqualByNumber
    {
        public int Number { get; set; }

        public EqualByNumber? Child { get; set; }

        public override bool Equals(object? obj) => obj is EqualByNumber other && other.Number == Number;

        public override int GetHashCode() => Number;
    }

    public sealed class Usual : TaskDirective
    {
        public int Number { get; set; }

        public required IList<string> Texts { get; init; } = [];

        public IReadOnlyList<DateTimeOffset>? Moments { get; set; }

        public Dictionary<string, double>? ByName { get; set; }

        public Child[]? Children { get; set; }

        public Colour? Colour { get; set; }

        public decimal Money { get; set; } = 5;

        public DateTime Created { get; set; } = DateTime.UtcNow;

        public byte[]? Bytes { get; set; }

        public sealed class Child
        {
            public int Number { get; set; }

            public Guid Id { get; set; }
        }
    }
}

using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Tests.Wire;

/// <summary>Records are directives like classes: what a worker reads equals what was published, or the publish is refused.</summary>
public sealed class RecordDirectiveTests
{
    private static readonly IDirectiveSerializer s_serializer = new DirectiveJson();

    public static TheoryData<ITaskDirective> ThatArrive =>
    [
        new Order(1, "é"),
        new Order(1, "") with { Name = "other" },
        new Order(0, null!),
        new DerivedOrder(1, "n", ["a", "b"]),
        new WithInit { Id = 3, Note = "n" },
        new WithRequired { Name = "n" },
        new Mixed(1) { More = "m", Amount = 5.00m },
        new WithDefaults("x"),
        new WithDefaults("x", 0, "", null, Colour.Red, 0m, null),
        new WithDefaults("x", 1, "y", "z", Colour.Blue, 2.50m, 7),
        new Computed(2, 3),
        new Renamed(5),
        new Generic<Order>(new Order(1, "inner"), [new Order(2, "b")]),
        new Nested(new Point(1, 2), (3, "t")),
        new ByClass("c"),
        new Marked(1, "two"),
        new Chosen(4),
        new Mutable { Id = 9 },
        new Words { ["a"] = 1 },
    ];

    public static TheoryData<ITaskDirective, string> ThatAreRefused => new()
    {
        { new Value(1), "is a struct" },
        { new Ambiguous(1), "no constructor that a worker could tell to be the one" },
        { new Numbers { 1, 2 }, "is a collection. A directive is an object" },
        { new Shortened("abcd"), "Its member 'Text' would arrive with another value" },
        { new Forgetful(1, 2), "Its member 'Sum' would arrive with another value" },
        { new Holding(new DerivedOrder(1, "n", [])), "JSON does not say the class" },
        { new Unlike(3), "Its member 'Number' would arrive with another value" },
        { new WithDefaults("x", 1, null!), "Its member 'Text' is null and would arrive as a value" },
    };

    [Theory]
    [MemberData(nameof(ThatArrive))]
    public void A_record_arrives_as_it_was_published(ITaskDirective directive)
    {
        ITaskDirective read = s_serializer.Read(s_serializer.Write(directive), directive.GetType())!;
        Assert.IsType(directive.GetType(), read);
        Assert.Equal(JsonConvert.SerializeObject(directive), JsonConvert.SerializeObject(read));
    }

    [Theory]
    [MemberData(nameof(ThatAreRefused))]
    public void A_record_that_would_arrive_as_something_else_is_refused_with_the_reason(ITaskDirective directive, string why) =>
        Assert.Contains(why, Assert.Throws<DirectiveRefusedException>(() => s_serializer.Write(directive)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_member_that_was_not_sent_has_the_default_of_its_parameter()
    {
        Assert.Equal(new WithDefaults("x"), Read<WithDefaults>("{\"name\":\"x\"}"));
        Assert.Equal(new WithDefaults("x", 0, "", null, Colour.Red, 0m, 0), Read<WithDefaults>("{\"Name\":\"x\",\"Priority\":0,\"Text\":\"\",\"Colour\":0,\"Rate\":0,\"Maybe\":0}"));
        Assert.Equal(new Order(0, null!), Read<Order>("{}"));
        Assert.Equal(new Renamed(), Read<Renamed>("{}"));
        Assert.Equal(new Renamed(1), Read<Renamed>("{\"n\":1}"));
        Assert.Equal(new Mixed(0) { More = "default" }, Read<Mixed>("{}"));
        Assert.Null(Read<WithRequired>("{}").Name);
    }

    [Fact]
    public void A_null_that_was_sent_is_null_where_the_parameter_may_be_and_its_default_where_it_may_not()
    {
        WithDefaults read = Read<WithDefaults>("{\"Name\":null,\"Text\":null,\"Other\":null,\"Maybe\":null}");
        Assert.Equal((null, "dflt", null, null), (read.Name, read.Text, read.Other, read.Maybe));
        Assert.Throws<JsonSerializationException>(() => Read<WithDefaults>("{\"Priority\":null}"));
    }

    [Theory]
    [InlineData(typeof(Order))]
    [InlineData(typeof(WithInit))]
    [InlineData(typeof(WithRequired))]
    [InlineData(typeof(Mixed))]
    [InlineData(typeof(WithDefaults))]
    [InlineData(typeof(Words))]
    [InlineData(typeof(EmptyTaskDirective))]
    public void A_task_without_a_body_has_the_directive_of_an_empty_object(Type type)
    {
        ITaskDirective empty = EmptyDirective.Of(type, s_serializer);
        Assert.IsType(type, empty);
        Assert.Equal(JsonConvert.SerializeObject(s_serializer.Read("{}"u8.ToArray(), type)), JsonConvert.SerializeObject(empty));
    }

    [Fact]
    public void A_type_that_cannot_be_made_of_nothing_says_so_and_what_threw()
    {
        var exception = Assert.Throws<EmptyDirectiveException>(() => EmptyDirective.Of(typeof(Strict), s_serializer));
        Assert.Contains(nameof(Strict), exception.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(ArgumentNullException), exception.Message, StringComparison.Ordinal);
        Assert.Throws<EmptyDirectiveException>(() => EmptyDirective.Of(typeof(AlwaysSent), s_serializer));
        Assert.Throws<EmptyDirectiveException>(() => EmptyDirective.Of(typeof(StrictClass), s_serializer));
    }

    private static T Read<T>(string json)
        where T : class, ITaskDirective => (T)s_serializer.Read(Encoding.UTF8.GetBytes(json), typeof(T))!;

    public enum Colour
    {
        Red,
        Blue,
    }

    public record Order(int Id, string Name) : ITaskDirective;

    public sealed record DerivedOrder(int Id, string Name, string[] Lines) : Order(Id, Name);

    public sealed record WithInit : ITaskDirective
    {
        public int Id { get; init; }

        public string? Note { get; init; }
    }

    public sealed record WithRequired : ITaskDirective
    {
        public required string Name { get; init; }
    }

    public sealed record Mixed(int Id) : ITaskDirective
    {
        public string More { get; init; } = "default";

        public decimal Amount { get; init; }
    }

    public sealed record WithDefaults(
        string Name, int Priority = 5, string Text = "dflt", string? Other = null, Colour Colour = Colour.Blue, decimal Rate = 1.5m, int? Maybe = null) : ITaskDirective;

    public sealed record Computed(int A, int B) : ITaskDirective
    {
        public int Sum => A + B;
    }

    public sealed record Renamed([property: JsonProperty("n")] int Number = 7) : ITaskDirective;

    public sealed record Generic<T>(T Value, IReadOnlyList<T> More) : ITaskDirective;

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    public readonly record struct Point(int X, int Y);

    public sealed record Nested(Point At, (int Number, string Text) Pair) : ITaskDirective;

    public sealed class ByClass(string text) : ITaskDirective
    {
        public string Text { get; } = text;
    }

    [System.Runtime.Serialization.DataContract]
    public sealed record Marked([property: System.Runtime.Serialization.DataMember] int Number, [property: System.Runtime.Serialization.DataMember(Name = "t")] string Text) : ITaskDirective;

    [method: JsonConstructor]
    public sealed record Chosen(int Number) : ITaskDirective
    {
        public Chosen(string text)
            : this(text.Length)
        {
        }
    }

    public sealed record Mutable : ITaskDirective
    {
        public int Id { get; set; }
    }

    public sealed class Words : Dictionary<string, int>, ITaskDirective;

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    public readonly record struct Value(int Number) : ITaskDirective;

    public sealed record Ambiguous(int Number) : ITaskDirective
    {
        public Ambiguous(string text)
            : this(text.Length)
        {
        }
    }

    public sealed class Numbers : List<int>, ITaskDirective;

    public sealed record Shortened(string Text) : ITaskDirective
    {
        public string Text { get; init; } = Text.Length > 2 ? Text[..^1] : Text;
    }

    public sealed record Forgetful : ITaskDirective
    {
        public Forgetful(int one, int other) => Sum = one + other;

        public int Sum { get; }
    }

    public sealed record Holding(Order Order) : ITaskDirective;

    public sealed record Unlike : ITaskDirective
    {
        public Unlike(int amount) => Number = amount;

        public int Number { get; }
    }

    public sealed record Strict : ITaskDirective
    {
        public Strict(string name)
        {
            ArgumentNullException.ThrowIfNull(name);
            Name = name;
        }

        public string Name { get; }
    }

    public sealed record AlwaysSent([property: JsonProperty(Required = Required.Always)] int Number) : ITaskDirective;

    public sealed class StrictClass : ITaskDirective
    {
        public StrictClass() => throw new InvalidOperationException("never");
    }
}

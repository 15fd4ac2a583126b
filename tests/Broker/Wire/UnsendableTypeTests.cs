using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.Data;
using System.Dynamic;
using System.Globalization;
using System.Linq.Expressions;
using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1034, CA2000, CA2201, CA2227, CA1861, CA2012, MA0009, MA0015 // Directives as users should not write them, with values that nobody disposes of.

/// <summary>Types of which no value arrives as it was are refused with the member, the reason and what to write instead.</summary>
public sealed class UnsendableTypeTests
{
    private static readonly DataTable s_table = new("t");

    private static DirectiveRefusedException Refused(ITaskDirective directive) => Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(directive));

    private static Settable<T> With<T>(T value) => new() { Value = value };

    public static TheoryData<TaskDirective, string> Unsendable => new()
    {
        { With(new Stack<int>([1])), "Declare a List<T>" },
        { With(new Stack(new[] { "a" })), "Declare a List<T>" },
        { With(new ConcurrentStack<int>([1])), "Declare a List<T>" },
        { With(ImmutableStack.Create(1)), "Declare a List<T>" },
        { With(new ConcurrentBag<int> { 1 }), "Declare a List<T>" },
        { With(new PriorityQueue<int, int>([(1, 1)])), "Send a List<T>" },
        { With<Action>(() => { }), "Send data" },
        { With<Delegate>(() => 1), "Send data" },
        { With<Expression<Func<int, bool>>>(x => x > 1), "Send data" },
        { With<object>((Func<int>)(() => 1)), "Send data" },
        { With(JsonDocument.Parse("{\"a\":1}")), "Declare JToken" },
        { With(JsonDocument.Parse("{\"a\":1}").RootElement), "Declare JToken" },
        { With(default(JsonElement)), "Declare JToken" },
        { With(JsonNode.Parse("{\"a\":1}")), "Declare JToken" },
        { With<JsonArray>([]), "Declare JToken" },
        { With<object>(JsonNode.Parse("5")!), "Declare JToken" },
        { With(new Memory<int>([1])), "Declare an array" },
        { With(new ReadOnlyMemory<byte>([1])), "Declare an array" },
        { With(ReadOnlyMemory<byte>.Empty), "Declare an array" },
        { With("ab".AsMemory()), "Declare an array" },
        { With(new ArraySegment<int>([1, 2, 3], 1, 1)), "ToArray()" },
        { With(default(ArraySegment<byte>)), "ToArray()" },
        { With(IPAddress.Loopback), "as a string" },
        { With(IPAddress.IPv6Any), "as a string" },
        { With(new IPEndPoint(IPAddress.Loopback, 1)), "as a string" },
        { With<Stream>(new MemoryStream([1])), "byte[] or string" },
        { With<TextReader>(new StringReader("secret")), "byte[] or string" },
        { With(typeof(string)), "as a string" },
        { With<object>(typeof(string)), "as a string" },
        { With(new Dictionary<Type, int> { [typeof(string)] = 1 }), "as a string" },
        { With(new InvalidOperationException("secret")), "as a string" },
        { With<Exception>(new ArgumentException("secret")), "as a string" },
        { With((nint)5), "Declare a long" },
        { With(Task.FromResult("secret")), "Await it" },
        { With(new TaskCompletionSource<int>().Task), "Await it" },
        { With<object>(new TaskCompletionSource<int>().Task), "Await it" },
        { With(ValueTask.FromResult(5)), "Await it" },
        { With(CancellationToken.None), "[JsonIgnore]" },
        { With(s_table), "Send a List<T>" },
        { With(new StringBuilder("secret")), "as a string" },
        { With(new Regex("secret")), "as a string" },
        { With(Encoding.UTF8), "WebName" },
        { With(TimeZoneInfo.Utc), "Id as a string" },
        { With(new FileInfo("/secret")), "path as a string" },
        { With(XElement.Parse("<secret/>")), "as a string" },
        { With(new Lazy<int>(5)), "Send the value" },
        { With(new Rune('a')), "as a string" },
        { With(new Range(1, 2)), "int" },
        { With(new[] { 1 }.ToFrozenSet()), "HashSet<T>" },
        { With<IReadOnlySet<int>>(new HashSet<int> { 1 }), "HashSet<T>" },
        { With(new Dictionary<string, int> { ["a"] = 1 }.ToFrozenDictionary()), "Dictionary<TKey, TValue>" },
        { With(new[] { 1 }.ToLookup(one => one)), "Dictionary<TKey, List<TValue>>" },
        { With(new[] { 1 }.AsQueryable()), "List<T>" },
        { With<IEnumerable>(new[] { 1 }), "List<T>" },
        { With<Array>(new[] { 1 }), "List<T>" },
        { With(new BitArray(3)), "bool[]" },
        { With(new NameValueCollection { ["a"] = "secret" }), "Dictionary<string, string>" },
        { With<ITuple>((1, 2)), "Declare a class" },
        { With<IComparable>(5), "declare it as what it holds" },
        { With<object>(5), "declare it as what it holds" },
        { With<object>(new ExpandoObject()), "declare it as what it holds" },
        { With(new Random(1)), "Send what it is made of" },
        { With(new UriBuilder("http://secret/")), "Declare a Uri" },
        { With(default(ImmutableArray<int>)), "ImmutableArray<T>.Empty" },
        { With(new Dictionary<(int, int), string> { [(1, 2)] = "secret" }), "keys of type string" },
        { With(new Dictionary<Uri, int> { [new Uri("http://a/b%20c")] = 1 }), "keys of type string" },
        { With(new int[0, 3]), "T[][]" },
        { With((Rights)ulong.MaxValue), "StringEnumConverter" },
        { With<JToken>(JValue.CreateUndefined()), "Send null" },
        { With<JToken>(new JConstructor("a")), "object or an array" },
        { With(new ValueObject("secret")), "[JsonProperty]" },
    };

    [Theory]
    [MemberData(nameof(Unsendable), DisableDiscoveryEnumeration = true)]
    public void What_cannot_be_sent_is_refused_with_its_member_and_what_to_write_instead(TaskDirective directive, string advice)
    {
        DirectiveRefusedException refused = Refused(directive);
        Assert.StartsWith("Value", refused.Place, StringComparison.Ordinal);
        Assert.Contains(advice, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_refused_inside_of_collections_and_other_objects_too()
    {
        Assert.StartsWith("Value", Refused(With(new List<Stack<int>> { new([1]) })).Place, StringComparison.Ordinal);
        Assert.StartsWith("Value", Refused(With(new Dictionary<string, IPAddress> { ["a"] = IPAddress.Any })).Place, StringComparison.Ordinal);
        Assert.Equal("Value.Content", Refused(With(new Attachment { Content = new MemoryStream() })).Place);
        Assert.Contains("Declare a List<T>", Refused(With(new List<Stack<int>> { new([1]) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_of_such_a_type_that_is_null_arrives_as_null()
    {
        Assert.Null(Sent(With<Stream?>(null)).Value);
        Assert.Null(Sent(With<Stack<int>?>(null)).Value);
        Assert.Null(Sent(With<Memory<byte>?>(null)).Value);
        Assert.Empty(Sent(With(new List<FrozenSet<int>>())).Value!);
    }

    [Fact]
    public void Elements_arrive_where_only_their_interface_is_declared()
    {
        Assert.Equal([2, 1], Sent(With<IEnumerable<int>>(new Stack<int>([1, 2]))).Value);
        Assert.Equal([2], Sent(With<IReadOnlyList<int>>(new ArraySegment<int>([1, 2, 3], 1, 1))).Value);
    }

    [Fact]
    public void A_converter_of_the_user_sends_what_else_would_be_refused()
    {
        Assert.Equal(IPAddress.IPv6Loopback, Sent(new Converting { Address = IPAddress.IPv6Loopback }).Address);
        Assert.Equal(IPAddress.Loopback, Sent(new Converting { Address = IPAddress.Loopback }).Address);
        Assert.Equal(IPAddress.Loopback, Sent(new ConvertingAll { Address = IPAddress.Loopback }).Address);
        Assert.Equal(IPAddress.Loopback, Sent(new ConvertingAllOfConstructor(IPAddress.Loopback)).Address);
        Assert.Equal([1, 2], Sent(new Converting { Order = new Stack<int>([2, 1]) }).Order);
    }

    [Fact]
    public void A_culture_arrives_as_it_is() => Assert.Equal(CultureInfo.InvariantCulture, Sent(With(CultureInfo.InvariantCulture)).Value);

    [Fact]
    public void Odd_values_of_sendable_types_arrive_as_they_are()
    {
        foreach (TaskDirective directive in (TaskDirective[])
        [
            With(new Complex(double.NaN, -0.0)), With("\u2028\0\uFEFF\uFFFE"), With(1.00m), With(-0.0), With(new Version(1, 2)), With(new Uri("a b", UriKind.Relative)), With((Colour)99), With(Half.NegativeZero),
            With(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.FromMinutes(-570))), With(new int[1, 0]), With<byte[][]>([[], null!, [1]]), With((1, (2, "a"), 3, 4, 5, 6, 7, 8, 9)),
            With(new Dictionary<Rights, int> { [(Rights)6] = 1, [Rights.Last | Rights.Read] = 2 }), With(new Dictionary<string, int> { ["$id"] = 1, ["$ref"] = 2, [""] = 3, ["A"] = 4, ["a"] = 5 }),
            With(new Dictionary<double, int> { [double.NaN] = 1, [0.1] = 2 }), With(new OrderedDictionary<string, int> { ["b"] = 1, ["a"] = 2 }), With(new List<KeyValuePair<string, int>> { new("a", 1), new("a", 2) }),
        ])
        {
            Assert.Equal(Samples.Describe(directive), Samples.Describe(DirectiveJson.Read(DirectiveJson.Write(directive), directive.GetType())));
        }
    }

    [Fact]
    public void One_object_in_two_places_is_looked_at_in_both()
    {
        var part = new Part { Number = 1 };
        Assert.Equal("Lost.Number", Refused(new InTwoPlaces { Kept = part, Lost = part }).Place);
        Assert.Equal([1], Sent(new Settable<(List<int>, List<int>)> { Value = Twice([1]) }).Value.Item2);

        static (List<int> One, List<int> Other) Twice(List<int> list) => (list, list);
    }

    private static T Sent<T>(T directive)
        where T : class, ITaskDirective => (T)DirectiveJson.Read(DirectiveJson.Write(directive), typeof(T))!;

    /// <summary>Of which JSON would show nothing.</summary>
    public sealed class ValueObject
    {
        private readonly string _value;

        public ValueObject(string value) => _value = value;

        public override string ToString() => _value;
    }

    public sealed class Attachment
    {
        public Stream? Content { get; set; }
    }

    public sealed class Part
    {
        public int Number { get; set; }
    }

    public sealed class InTwoPlaces : TaskDirective
    {
        public Part? Kept { get; set; }

        [JsonConverter(typeof(Losing))]
        public Part? Lost { get; set; }
    }

    public sealed class Losing : JsonConverter<Part>
    {
        public override void WriteJson(JsonWriter writer, Part? value, Newtonsoft.Json.JsonSerializer serializer) => writer.WriteValue(0);

        public override Part ReadJson(JsonReader reader, Type objectType, Part? existingValue, bool hasExistingValue, Newtonsoft.Json.JsonSerializer serializer) => new();
    }

    public sealed class Converting : TaskDirective
    {
        [JsonConverter(typeof(AddressConverter))]
        public IPAddress? Address { get; set; }

        [JsonConverter(typeof(StackConverter))]
        public Stack<int>? Order { get; set; }
    }

    [JsonObject(ItemConverterType = typeof(AddressConverter))]
    public sealed class ConvertingAll : TaskDirective
    {
        public IPAddress? Address { get; set; }
    }

    [JsonObject(ItemConverterType = typeof(AddressConverter))]
    public sealed class ConvertingAllOfConstructor(IPAddress? address) : TaskDirective
    {
        public IPAddress? Address { get; } = address;
    }

    public sealed class AddressConverter : JsonConverter<IPAddress>
    {
        public override void WriteJson(JsonWriter writer, IPAddress? value, Newtonsoft.Json.JsonSerializer serializer) => writer.WriteValue(value?.ToString());

        public override IPAddress? ReadJson(JsonReader reader, Type objectType, IPAddress? existingValue, bool hasExistingValue, Newtonsoft.Json.JsonSerializer serializer) =>
            reader.Value is string text ? IPAddress.Parse(text) : null;
    }

    public sealed class StackConverter : JsonConverter<Stack<int>>
    {
        public override void WriteJson(JsonWriter writer, Stack<int>? value, Newtonsoft.Json.JsonSerializer serializer) => serializer.Serialize(writer, value?.Reverse().ToList());

        public override Stack<int>? ReadJson(JsonReader reader, Type objectType, Stack<int>? existingValue, bool hasExistingValue, Newtonsoft.Json.JsonSerializer serializer) =>
            serializer.Deserialize<List<int>>(reader) is { } list ? new Stack<int>(list) : null;
    }
}

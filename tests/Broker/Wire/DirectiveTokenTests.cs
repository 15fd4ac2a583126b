using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1819, CA2227, CA1812, CA1822, CA1034, CA1065 // Directives as users write them.

/// <summary>JSON that is held as JSON arrives as the JSON that it was; what code of the user says stays unsaid.</summary>
public sealed class DirectiveTokenTests
{
    private static T Sent<T>(T directive)
        where T : class, ITaskDirective => (T)DirectiveJson.Read(DirectiveJson.Write(directive), typeof(T))!;

    private static DirectiveRefusedException Refused(ITaskDirective directive) => Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(directive));

    [Fact]
    public void Tokens_arrive_as_what_they_write()
    {
        Assert.Equal("2024-01-01T00:00:00Z", (string?)Sent(new Settable<JObject> { Value = JObject.Parse("{\"At\":\"2024-01-01T00:00:00Z\"}") }).Value!["At"]);
        var made = JObject.FromObject(new { Id = Guid.NewGuid(), At = DateTime.UtcNow, Moment = DateTimeOffset.Now, Span = TimeSpan.FromSeconds(5), Real = 0.1f, Large = 16777217f, Five = 5m, Cents = 1.50m, Link = new Uri("http://host/a"), Bytes = new byte[] { 1 }, None = (string?)null });
        JObject read = Sent(new Settable<JObject> { Value = made }).Value!;
        Assert.Equal((Guid)made["Id"]!, (Guid)read["Id"]!);
        Assert.Equal((5m, 1.5m), ((decimal)read["Five"]!, (decimal)read["Cents"]!));
        Assert.Equal(TimeSpan.FromSeconds(5), (TimeSpan)read["Span"]!);
        Assert.Null(Sent(new Settable<JToken> { Value = JValue.CreateNull() }).Value);
        Assert.Single(Sent(new Settable<List<JToken>> { Value = [JValue.CreateNull()] }).Value!);
    }

    [Fact]
    public void A_token_of_which_another_number_would_arrive_is_refused()
    {
        Assert.Equal("Value", Refused(new Settable<JToken> { Value = new JValue(0.1234567890123456789012345m) }).Place);
    }

    [Fact]
    public void A_hidden_getter_that_throws_is_refused_without_what_it_says()
    {
        DirectiveRefusedException refused = Refused(new Hiding { Value = 1 });
        Assert.Equal("Value", refused.Place);
        Assert.Contains(nameof(FormatException), refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, "System.Int64")]
    [InlineData(1.5f, "System.Double")]
    [InlineData('c', "System.String")]
    public void A_value_that_an_object_cannot_hold_is_refused_with_what_to_put_there(object value, string instead)
    {
        DirectiveRefusedException refused = Refused(new Settable<Dictionary<string, object>> { Value = new() { ["a"] = value } });
        Assert.Equal("Value[*]", refused.Place);
        Assert.Contains($"put a {instead} there", refused.Message, StringComparison.Ordinal);
        Assert.Equal([5L, "x", true, 1.5], Sent(new Settable<Dictionary<string, object>> { Value = new() { ["a"] = 5L, ["b"] = "x", ["c"] = true, ["d"] = 1.5 } }).Value!.Values);
    }

    [Fact]
    public void A_getter_that_throws_is_named_wherever_it_stands()
    {
        Assert.Equal("Key", Refused(new Keyed { Child = null }).Place);
        Assert.Equal("Child.Key", Refused(new Keyed { Child = new Keyed.Nested { Name = "a" } }).Place);
        Assert.Equal("Child.Items[1].First", Refused(new Keyed { Child = new Keyed.Nested { Items = [new(), new() { Throws = true }] } }).Place);
    }

    [Fact]
    public void A_member_that_is_computed_from_the_clock_is_refused_with_what_to_do()
    {
        DirectiveRefusedException refused = Refused(new Ageing());
        Assert.Equal("Age", refused.Place);
        Assert.Contains("[JsonIgnore]", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_converter_that_writes_no_JSON_the_second_time_is_refused_without_what_it_writes()
    {
        DirectiveRefusedException refused = Refused(new Fickle { Value = "secret" });
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    public sealed class Fickle : TaskDirective
    {
        [JsonConverter(typeof(FickleConverter))]
        public string? Value { get; set; }
    }

    public sealed class FickleConverter : JsonConverter<string>
    {
        private int _writes;

        public override string? ReadJson(JsonReader reader, Type objectType, string? existingValue, bool hasExistingValue, JsonSerializer serializer) => (string?)reader?.Value;

        public override void WriteJson(JsonWriter writer, string? value, JsonSerializer serializer) => writer!.WriteRawValue(_writes++ == 0 ? "\"secret\"" : "secret");
    }

    public sealed class Ageing : TaskDirective
    {
        private static long s_now;

        public long Age => Interlocked.Increment(ref s_now);
    }

    public sealed class Keyed : TaskDirective
    {
        public string? Name { get; set; }

        public Nested? Child { get; set; }

        public string Key => throw new FormatException("secret");

        public sealed class Nested
        {
            [JsonProperty("it's.a['name", Order = -2)]
            public string? Name { get; set; }

            public List<Item> Items { get; set; } = [];

            public string Key => throw new FormatException("secret");
        }

        public sealed class Item
        {
            [JsonProperty(Order = -1)]
            public string? First => Throws ? throw new FormatException("secret") : null;

            [JsonIgnore]
            public bool Throws { get; set; }
        }
    }

    public class HidingBase : TaskDirective
    {
        public int Value => throw new FormatException("secret");
    }

    public sealed class Hiding : HidingBase
    {
        public new int Value { get; set; }
    }
}

using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Tests.Wire;

public sealed class OrdinaryJsonTests
{
    private static byte[] Utf8(string json) => Encoding.UTF8.GetBytes(json);

    private static bool IsOrdinary(string json) => DirectiveJson.TryReadOrdinary(Utf8(json), typeof(RichDirective), out _);

    private static RichDirective ReadOrdinary(string json)
    {
        Assert.True(DirectiveJson.TryReadOrdinary(Utf8(json), typeof(RichDirective), out ITaskDirective? directive), json);
        return Assert.IsType<RichDirective>(directive);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(" \r\n\t{ } \n")]
    [InlineData("{\"Int\":-7,\"MaybeInt\":null,\"Byte\":255,\"Long\":123456789012345678,\"Double\":-1.5e-3,\"Decimal\":0.10,\"Flag\":true,\"MaybeFlag\":false}")]
    [InlineData("{ \"Text\" : \"é€😀 \\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\" , \"Unknown\" : { \"a\" : [ ] , \"b\" : [ 1 , { } ] } }")]
    [InlineData("{\"Key\":\"0f8fad5b-d9cb-469f-a165-70867728950e\",\"Time\":\"2024-01-01T00:00:00Z\",\"Moment\":\"2024-01-01T00:00:00+02:00\",\"Span\":\"01:02:03\",\"Link\":\"https://a/b\",\"Colour\":\"Green\"}")]
    [InlineData("{\"Texts\":[\"a\",null],\"Ints\":[1,2],\"Doubles\":[1,null,0.5],\"Counts\":{\"a\":1},\"Child\":{\"Name\":\"n\",\"Child\":null},\"Bytes\":\"AQID\",\"Any\":[1,1.5,\"x\"],\"Token\":{\"a\":1}}")]
    [InlineData("{\"Int\":\"12\",\"Double\":\"1.5\",\"Decimal\":\"1.50\",\"Flag\":\"true\"}")]
    [InlineData("{\"Whereabouts\":{\"a\":[1,\"x\"]},\"Forgiving\":{\"Number\":1},\"Contract\":{\"document_id\":1}}")]
    public void What_is_ordinary_is_read_the_short_way(string json) => Assert.True(IsOrdinary(json), json);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"Text\":\"\\u41\0\0\"}")]
    [InlineData("{\"Bytes\":\" 0f8fad5b-d9cb-469f-a165-70867728950e\"}")]
    [InlineData("{\"Int\":1}/**/")]
    [InlineData("{/**/\"Int\":1}")]
    [InlineData("{\"Int\":1} x")]
    [InlineData("{}{}")]
    [InlineData("{}]")]
    [InlineData("{")]
    [InlineData("{\"Int\"")]
    [InlineData("{\"Int\":")]
    [InlineData("{\"Int\":1")]
    [InlineData("{\"Int\":-")]
    [InlineData("{\"Int\":1]")]
    [InlineData("{\"Int\":1,}")]
    [InlineData("{,\"Int\":1}")]
    [InlineData("{\"Int\" 1}")]
    [InlineData("{\"Int\":1 \"Byte\":1}")]
    [InlineData("{Int:1}")]
    [InlineData("{'Int':1}")]
    [InlineData("{\"Ints\":[1,]}")]
    [InlineData("{\"Ints\":[,1]}")]
    [InlineData("{\"Ints\":[1}")]
    [InlineData("{\"Ints\":[1 2]}")]
    [InlineData("{\"Int\":01}")]
    [InlineData("{\"Int\":0x1}")]
    [InlineData("{\"Int\":1.0}")]
    [InlineData("{\"Int\":2147483648}")]
    [InlineData("{\"Int\":null}")]
    [InlineData("{\"Any\":1.}")]
    [InlineData("{\"Any\":1e400}")]
    [InlineData("{\"Any\":1234567890123456789}")]
    [InlineData("{\"Any\":NaN}")]
    [InlineData("{\"Any\":undefined}")]
    [InlineData("{\"Any\":nullx}")]
    [InlineData("{\"Decimal\":1e2}")]
    [InlineData("{\"Decimal\":-0.0}")]
    [InlineData("{\"Decimal\":0.12345678901234567890123456789}")]
    [InlineData("{\"Text\":5}")]
    [InlineData("{\"Text\":true}")]
    [InlineData("{\"Flag\":1}")]
    [InlineData("{\"Text\":'a'}")]
    [InlineData("{\"Text\":\"a\nb\"}")]
    [InlineData("{\"Text\":\"\\'\"}")]
    [InlineData("{\"Text\":\"\\u12\"}")]
    [InlineData("{\"Text\":\"\\uD83D\"}")]
    [InlineData("{\"Text\":\"\\uDE00\\uD83D\"}")]
    [InlineData("{\"Text\":\"a\\")]
    [InlineData("{\"\\u0024type\":1}")]
    [InlineData("{\"Any\":{\"$type\":\"x\"}}")]
    [InlineData("{\"Guarded\":[1,\"x\"]}")]
    [InlineData("{\"Forgiving\":{\"Number\":\"x\"},\"Text\":\"t\"}")]
    [InlineData("{\"Meddled\":\"a\",\"Text\":\"2024-01-01\"}")]
    [InlineData("{\"Meddled\":\"ab\",\"Any\":1.5}")]
    public void What_is_odd_or_wrong_is_left_to_the_long_way(string json) => Assert.False(IsOrdinary(json), json);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_left_to_the_long_way() =>
        Assert.False(DirectiveJson.TryReadOrdinary(new byte[] { (byte)'{', (byte)'"', 0xC3, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, typeof(RichDirective), out _));

    [Fact]
    public void Sixty_four_levels_are_ordinary_and_sixty_five_are_not()
    {
        Assert.True(IsOrdinary($"{{\"Any\":{new string('[', 63)}{new string(']', 63)}}}"));
        Assert.False(IsOrdinary($"{{\"Any\":{new string('[', 64)}{new string(']', 64)}}}"));
    }

    [Fact]
    public void After_giving_up_the_next_is_read_as_if_nothing_had_been()
    {
        Assert.False(IsOrdinary("{\"Child\":{\"Child\":{\"Child\":[[[1,,"));
        Assert.Equal(7, ReadOrdinary("{\"Any\":[{\"a\":1}],\"Int\":7}").Int);
    }

    [Fact]
    public void After_a_text_that_is_no_object_the_next_is_read_as_if_nothing_had_been()
    {
        Assert.False(IsOrdinary("[1,2]"));
        Assert.True(DirectiveJson.TryReadOrdinary(Utf8("{\"Kept\":[1,2,3]}"), typeof(Keeping), out _));
        Assert.Equal("Kept", KeepingConverter.Path);
    }

    // Once nothing throws it is used again: what a converter changed must not stay.
    [Fact]
    public void What_a_converter_changed_does_not_outlast_its_text()
    {
        Assert.Equal("abc", ReadOrdinary("{\"Meddled\":\"abc\"}").Meddled);
        RichDirective next = ReadOrdinary("{\"Time\":\"2024-01-01T10:00:00+02:00\",\"Any\":1.5}");
        Assert.Equal(DateTimeKind.Local, next.Time.Kind);
        Assert.IsType<double>(next.Any);
    }

    [Fact]
    public void A_converter_may_read_another_directive_meanwhile()
    {
        Assert.True(DirectiveJson.TryReadOrdinary(Utf8("{\"Inner\":\"{\\\"Inner\\\":\\\"\\\",\\\"Number\\\":1}\",\"Number\":2}"), typeof(Outer), out ITaskDirective? read));
        var outer = (Outer)read!;
        Assert.Equal((2, 1), (outer.Number, outer.Inner!.Number));
    }

    [Fact]
    public void The_text_is_let_go_of()
    {
        Assert.True(DirectiveJson.TryReadOrdinary(Utf8("{\"Kept\":[1,2,3]}"), typeof(Keeping), out ITaskDirective? directive));
        JsonReader kept = ((Keeping)directive!).Kept!;
        Assert.False(kept.Read());
        Assert.Equal(JsonToken.None, kept.TokenType);
    }

    [Fact]
    public void A_type_whose_texts_are_odd_is_not_tried_in_vain_each_time()
    {
        // What is odd about it shows only when it comes to that.
        byte[] odd = Utf8("{\"Counted\":1,\"Number\":2,\"Unknown\":1e400}");
        for (int read = 0; read < 10; read++)
        {
            Assert.Equal(2, ((Counting)DirectiveJson.Read(odd, typeof(Counting))!).Number);
        }

        Assert.Equal(11, CountingConverter.Runs);
    }

    [Fact]
    public void Reading_numbers_allocates_little_but_the_directive()
    {
        byte[] body = Utf8("{\"Number\":2147483647,\"Small\":7,\"Flag\":true,\"Maybe\":null,\"Nested\":{\"Number\":12,\"Small\":8,\"Flag\":false}}");
        long Allocated(Func<object?> action)
        {
            action();
            action();
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        long inevitable = Allocated(() => new Numbers { Nested = new Numbers() });
        Assert.InRange(Allocated(() => DirectiveJson.Read(body, typeof(Numbers))) - inevitable, 0, 160);

        // The margin is no use if the long way keeps it too.
        Assert.True(Allocated(() => DirectiveJson.ReadAny(body, typeof(Numbers))) - inevitable > 300);
    }

    [Fact]
    public void Writing_allocates_little_but_the_body()
    {
        var directive = new Remark { Text = new string('x', 10_000) };
        int length = DirectiveJson.Write(directive).Length;
        long before = GC.GetAllocatedBytesForCurrentThread();
        DirectiveJson.Write(directive);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, length, length + 2_000);
    }

    [Fact]
    public void Texts_of_any_length_are_written_whole()
    {
        foreach (int length in new[] { 0, 1, 1000, 1023, 1024, 1025, 5000, 100_000 })
        {
            string text = string.Concat(Enumerable.Repeat("é\"😀x", length))[..length];
            string whole = char.IsHighSurrogate(text.LastOrDefault()) ? text[..^1] : text;
            Assert.Equal(JsonConvert.SerializeObject(new Remark { Text = whole }), Encoding.UTF8.GetString(DirectiveJson.Write(new Remark { Text = whole })));
        }
    }

    private sealed class Remark : TaskDirective
    {
        public string? Text { get; set; }

        public int Number { get; set; }
    }

    private sealed class Outer : TaskDirective
    {
        [JsonConverter(typeof(NestedDirectiveConverter))]
        public Outer? Inner { get; set; }

        public int Number { get; set; }
    }

    private sealed class NestedDirectiveConverter : JsonConverter<Outer>
    {
        public override Outer? ReadJson(JsonReader reader, Type objectType, Outer? existingValue, bool hasExistingValue, JsonSerializer serializer)
        {
            if (reader.Value is "")
            {
                return null;
            }

            Assert.True(DirectiveJson.TryReadOrdinary(Utf8((string)reader.Value!), typeof(Outer), out ITaskDirective? inner));
            return (Outer?)inner;
        }

        public override void WriteJson(JsonWriter writer, Outer? value, JsonSerializer serializer) => throw new NotSupportedException();
    }

    private sealed class Keeping : TaskDirective
    {
        [JsonConverter(typeof(KeepingConverter))]
        public JsonReader? Kept { get; set; }
    }

    private sealed class KeepingConverter : JsonConverter<JsonReader>
    {
        public static string? Path { get; private set; }

        public override JsonReader? ReadJson(JsonReader reader, Type objectType, JsonReader? existingValue, bool hasExistingValue, JsonSerializer serializer)
        {
            Path = reader.Path;
            reader.Skip();
            return reader;
        }

        public override void WriteJson(JsonWriter writer, JsonReader? value, JsonSerializer serializer) => throw new NotSupportedException();
    }

    private sealed class Counting : TaskDirective
    {
        [JsonConverter(typeof(CountingConverter))]
        public int Counted { get; set; }

        public int Number { get; set; }
    }

    private sealed class CountingConverter : JsonConverter<int>
    {
        public static int Runs { get; private set; }

        public override int ReadJson(JsonReader reader, Type objectType, int existingValue, bool hasExistingValue, JsonSerializer serializer) => Runs++;

        public override void WriteJson(JsonWriter writer, int value, JsonSerializer serializer) => throw new NotSupportedException();
    }

    private sealed class Numbers : TaskDirective
    {
        public int Number { get; set; }

        public int Small { get; set; }

        public bool Flag { get; set; }

        public int? Maybe { get; set; }

        public Numbers? Nested { get; set; }
    }
}

using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace BrokerQueues.Broker.Tests.Wire;

/// <summary>Whatever a converter sets on the serializer that it is handed ends with the directive.</summary>
public sealed class SerializerStateTests
{
    private static readonly byte[] s_meddling = Encoding.UTF8.GetBytes("{\"Meddled\":\"x\",\"Text\":\"t\"}");

    private static readonly byte[] s_oddMeddling = Encoding.UTF8.GetBytes("{'Meddled':'x','Text':'t'}");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_converter_sets_while_it_reads_changes_no_later_directive(bool oddly)
    {
        for (int time = 0; time < 3; time++)
        {
            DirectiveJson.Read(oddly ? s_oddMeddling : s_meddling, typeof(Meddling));
            AssertUnchanged();
        }
    }

    [Fact]
    public void What_a_converter_sets_while_it_writes_changes_no_later_directive()
    {
        for (int time = 0; time < 3; time++)
        {
            DirectiveJson.Write(new Meddling { Meddled = "x", Text = "t" });
            AssertUnchanged();
        }
    }

    [Fact]
    public void A_converter_of_a_class_that_stands_where_its_base_is_declared_is_handed_no_common_serializer()
    {
        Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(new Settable<Base> { Value = new MeddlingDerived() }));
        AssertUnchanged();
    }

    [Fact]
    public void Each_directive_begins_with_a_serializer_as_it_is_meant()
    {
        Meddle.Seen.Clear();
        DirectiveJson.Read("{\"Meddled\":\"x\"}"u8.ToArray(), typeof(Meddling));
        DirectiveJson.Read("{\"Meddled\":\"x\"}"u8.ToArray(), typeof(Meddling));
        Assert.Equal(["None Include 64 none", "None Include 64 none"], Meddle.Seen);
    }

    private static void AssertUnchanged()
    {
        Assert.Equal("{\"Maybe\":null,\"CamelCase\":1,\"At\":\"2024-01-02T03:04:05Z\"}", Encoding.UTF8.GetString(DirectiveJson.Write(new Innocent { CamelCase = 1, At = new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc) })));
        var innocent = (Innocent)DirectiveJson.Read("{\"Maybe\":\"m\",\"Unknown\":1,\"CamelCase\":2}"u8.ToArray(), typeof(Innocent))!;
        Assert.Equal(("m", 2), (innocent.Maybe, innocent.CamelCase));
    }

    public sealed class Innocent : TaskDirective
    {
        public string? Maybe { get; set; }

        public int CamelCase { get; set; }

        public DateTime At { get; set; }
    }

    public sealed class Meddling : TaskDirective
    {
        [JsonConverter(typeof(Meddle))]
        public string? Meddled { get; set; }

        public string? Text { get; set; }
    }

    public class Base
    {
        public int Number { get; set; }
    }

    [JsonConverter(typeof(Meddle))]
    public sealed class MeddlingDerived : Base;

    public sealed class Meddle : JsonConverter
    {
        public static List<string> Seen { get; } = [];

        public override bool CanConvert(Type objectType) => true;

        public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer)
        {
            Set(serializer);
            return reader?.Value;
        }

        public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer)
        {
            writer?.WriteValue(value as string);
            Set(serializer);
        }

        private static void Set(JsonSerializer? serializer)
        {
            var resolver = Assert.IsAssignableFrom<DefaultContractResolver>(serializer!.ContractResolver);
            Seen.Add($"{serializer.TypeNameHandling} {serializer.NullValueHandling} {serializer.MaxDepth} {resolver.NamingStrategy?.GetType().Name ?? "none"}");
            resolver.NamingStrategy = new CamelCaseNamingStrategy();
            serializer.NullValueHandling = NullValueHandling.Ignore;
            serializer.TypeNameHandling = TypeNameHandling.All;
            serializer.MissingMemberHandling = MissingMemberHandling.Error;
            serializer.DateFormatString = "yyyy";
            serializer.MaxDepth = 1;
            serializer.Culture = new System.Globalization.CultureInfo("") { NumberFormat = new() { NumberDecimalSeparator = "," } };
            serializer.DefaultValueHandling = DefaultValueHandling.Ignore;
            serializer.Converters.Add(new Meddle());
            serializer.ContractResolver = new DefaultContractResolver { NamingStrategy = new SnakeCaseNamingStrategy() };
        }
    }
}

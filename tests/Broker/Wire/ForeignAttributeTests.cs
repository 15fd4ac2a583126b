using System.Runtime.Serialization;
using System.Text;
using System.Text.Json.Serialization;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Foreign = System.Text.Json.Serialization;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1034, CA2227, CA1051, CA1819, S1144, IDE0051 // Directives as users write them.

/// <summary>
/// Attributes of System.Text.Json say nothing to Newtonsoft.Json, by which directives are written: a member marked with its [JsonIgnore]
/// was sent without a word.
/// </summary>
public sealed class ForeignAttributeTests
{
    public static TheoryData<Type, string, string, string> Mistaken => new()
    {
        { typeof(Named), "A", "[JsonPropertyName]", "[JsonProperty(\"a_b\")]" },
        { typeof(DerivedFromNamed), "A", "[JsonPropertyName]", "[JsonProperty(\"a_b\")]" },
        { typeof(OfRecord), "A", "[JsonPropertyName]", "[JsonProperty(\"z\")]" },
        { typeof(Settable<Dictionary<string, List<Part[]>>>), "Value[*][*][*].Number", "[JsonPropertyName]", "[JsonProperty(\"n\")]" },
        { typeof(InField), "A", "[JsonPropertyName]", "[JsonProperty(\"a\")]" },
        { typeof(Ignored), "A", "[JsonIgnore]", "[IgnoreDataMember]" },
        { typeof(IgnoredIfNull), "A", "[JsonIgnore]", "NullValueHandling.Ignore" },
        { typeof(IgnoredIfDefault), "A", "[JsonIgnore]", "DefaultValueHandling.Ignore" },
        { typeof(Converted), "A", "[JsonConverter]", "[JsonConverter] of Newtonsoft.Json" },
        { typeof(Settable<Weekday?>), "Value", "[JsonConverter]", "typeof(StringEnumConverter)" },
        { typeof(Settable<Lettered>), "Value.One", "[JsonStringEnumMemberName]", "[EnumMember" },
        { typeof(Requiring), "A", "[JsonRequired]", "Required.AllowNull" },
        { typeof(Including), "A", "[JsonInclude]", "[JsonProperty]" },
        { typeof(IncludingPrivate), "A", "[JsonInclude]", "[JsonProperty]" },
        { typeof(Extended), "A", "[JsonExtensionData]", "[JsonExtensionData] of Newtonsoft.Json" },
        { typeof(Polymorphic), "", "[JsonPolymorphic]", "a member for each" },
        { typeof(Settable<IShape>), "Value", "[JsonDerivedType]", "a member for each" },
        { typeof(Constructed), "", "[JsonConstructor]", "[JsonConstructor] of Newtonsoft.Json" },
        { typeof(Ordered), "A", "[JsonPropertyOrder]", "Order = 3" },
        { typeof(AsText), "A", "[JsonNumberHandling]", "a converter of Newtonsoft.Json" },
        { typeof(Disallowing), "", "[JsonUnmappedMemberHandling]", "MissingMemberHandling.Error" },
        { typeof(Populating), "A", "[JsonObjectCreationHandling]", "Take it away" },
    };

    [Theory]
    [MemberData(nameof(Mistaken))]
    public void An_attribute_of_System_Text_Json_is_refused_with_its_member_and_the_one_to_write(Type type, string member, string attribute, string advice)
    {
        string mistake = Assert.Single(DirectiveTypes.FindMistakesInAll(type), mistake => mistake.Contains(attribute, StringComparison.Ordinal));
        Assert.Contains(member.Length == 0 ? attribute : $"its member '{member}' ", mistake, StringComparison.Ordinal);
        Assert.Contains("System.Text.Json", mistake, StringComparison.Ordinal);
        Assert.Contains(advice, mistake, StringComparison.Ordinal);

        var directive = (ITaskDirective)(type == typeof(OfRecord) ? new OfRecord(1) : Activator.CreateInstance(type)!);
        DirectiveRefusedException refused = Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(directive));
        Assert.Contains(attribute, refused.Message, StringComparison.Ordinal);
        Assert.Contains(advice, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_of_them_are_told_at_once()
    {
        DirectiveRefusedException refused = Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(new Several()));
        Assert.Contains("'A'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Its member 'B'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, DirectiveTypes.FindMistakesInAll(typeof(Several)).Count());
    }

    [Fact]
    public void Where_Newtonsoft_is_told_the_same_the_attribute_does_no_harm()
    {
        var directive = new Both { A = 1, B = 2, C = 3, Converted = new Part { Number = 4 }, Left = new Part(), Id = new TaskId("x") };
        directive.SetPrivate(5);
        string json = Encoding.UTF8.GetString(DirectiveJson.Write(directive));
        Assert.Equal("""{"a":1,"C":3,"Day":"Sunday","Converted":4,"Private":5,"Id":"x"}""", json);
        Assert.Empty(DirectiveTypes.FindMistakesInAll(typeof(Both)));
        Assert.Equal(3, new OneConstructor(3).A);
        Assert.Empty(DirectiveTypes.FindMistakesInAll(typeof(OneConstructor)));
    }

    [Fact]
    public void A_static_member_that_would_be_read_for_the_whole_process_is_refused() =>
        Assert.Equal("Count", Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(new WithStatic())).Place);

    [Fact]
    public void Two_members_of_one_name_are_told_as_a_mistake_of_the_type() =>
        Assert.Contains("'a' already exists", Assert.Single(DirectiveTypes.FindMistakesInAll(typeof(SameNames))), StringComparison.Ordinal);

    [Fact]
    public void A_member_that_is_not_meant_to_be_serialized_is_left_out_and_that_is_no_loss()
    {
        var directive = new LeftOut { NotSerialized = 1, NotADataMember = 2, NotForXml = 3 };
        Assert.Equal("""{"NotForXml":3}""", Encoding.UTF8.GetString(DirectiveJson.Write(directive)));
    }

    public class Named : TaskDirective
    {
        [JsonPropertyName("a_b")]
        public int A { get; set; }
    }

    public sealed class DerivedFromNamed : Named
    {
        public int B { get; set; }
    }

    public sealed record OfRecord([property: JsonPropertyName("z")] int A) : ITaskDirective;

    public sealed class Part
    {
        [JsonPropertyName("n")]
        public int Number { get; set; }
    }

    public sealed class InField : TaskDirective
    {
        [JsonPropertyName("a")]
        public int A;
    }

    public sealed class Ignored : TaskDirective
    {
        [Foreign.JsonIgnore]
        public int A { get; set; }
    }

    public sealed class IgnoredIfNull : TaskDirective
    {
        [Foreign.JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? A { get; set; }
    }

    public sealed class IgnoredIfDefault : TaskDirective
    {
        [Foreign.JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public int A { get; set; }
    }

    public sealed class Converted : TaskDirective
    {
        [Foreign.JsonConverter(typeof(JsonStringEnumConverter))]
        public Colour A { get; set; }
    }

    [Foreign.JsonConverter(typeof(JsonStringEnumConverter))]
    public enum Weekday
    {
        Sunday,
    }

    public enum Lettered
    {
        [JsonStringEnumMemberName("1")]
        One,
    }

    public sealed class Requiring : TaskDirective
    {
        [Foreign.JsonRequired]
        public int A { get; set; }
    }

    public sealed class Including : TaskDirective
    {
        [JsonInclude]
        public int A { get; private set; }
    }

    public sealed class IncludingPrivate : TaskDirective
    {
        [JsonInclude]
        private int A { get; set; }
    }

    public sealed class Extended : TaskDirective
    {
        [Foreign.JsonExtensionData]
        public Dictionary<string, object>? A { get; set; }
    }

    [JsonPolymorphic]
    public sealed class Polymorphic : TaskDirective;

    [JsonDerivedType(typeof(Square))]
    public interface IShape
    {
        int Side { get; }
    }

    public sealed class Square : IShape
    {
        public int Side { get; set; }
    }

    public sealed class Constructed : TaskDirective
    {
        public Constructed()
        {
        }

        [Foreign.JsonConstructor]
        public Constructed(int a) => A = a;

        public int A { get; }
    }

    [method: Foreign.JsonConstructor]
    public sealed class OneConstructor(int a) : TaskDirective
    {
        public int A { get; } = a;
    }

    public sealed class Ordered : TaskDirective
    {
        [JsonPropertyOrder(3)]
        public int A { get; set; }
    }

    public sealed class AsText : TaskDirective
    {
        [JsonNumberHandling(JsonNumberHandling.WriteAsString)]
        public int A { get; set; }
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    public sealed class Disallowing : TaskDirective;

    public sealed class Populating : TaskDirective
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public List<int> A { get; set; } = [];
    }

    public sealed class Several : TaskDirective
    {
        [Foreign.JsonIgnore]
        public int A { get; set; }

        [JsonPropertyName("b_")]
        public int B { get; set; }
    }

    public sealed class Both : TaskDirective
    {
        [JsonPropertyName("a"), JsonProperty("a"), JsonInclude]
        public int A { get; set; }

        [Foreign.JsonIgnore, Newtonsoft.Json.JsonIgnore]
        public int B { get; set; }

        [JsonPropertyName("C"), Foreign.JsonIgnore(Condition = JsonIgnoreCondition.Never)]
        public int C { get; set; }

        [Newtonsoft.Json.JsonConverter(typeof(Newtonsoft.Json.Converters.StringEnumConverter))]
        public Weekday Day { get; set; }

        [Newtonsoft.Json.JsonConverter(typeof(PartConverter))]
        public Part? Converted { get; set; }

        [Newtonsoft.Json.JsonIgnore]
        public Part? Left { get; set; }

        [JsonInclude, JsonProperty]
        private int Private { get; set; }

        // Its type has attributes of its own for both.
        public TaskId Id { get; set; }

        public void SetPrivate(int value) => Private = value;
    }

    public sealed class PartConverter : Newtonsoft.Json.JsonConverter<Part>
    {
        public override void WriteJson(JsonWriter writer, Part? value, JsonSerializer serializer) => writer.WriteValue(value?.Number);

        public override Part ReadJson(JsonReader reader, Type objectType, Part? existingValue, bool hasExistingValue, JsonSerializer serializer) => new() { Number = (int)(long)reader.Value! };
    }

    public sealed class WithStatic : TaskDirective
    {
        [JsonProperty]
        public static int Count { get; set; }
    }

    public sealed class SameNames : TaskDirective
    {
        [JsonProperty("a")]
        public int A { get; set; }

        [JsonProperty("a")]
        public int B { get; set; }
    }

    public sealed class LeftOut : TaskDirective
    {
        [NonSerialized]
        public int NotSerialized;

        [IgnoreDataMember]
        public int NotADataMember { get; set; }

        [System.Xml.Serialization.XmlIgnore]
        public int NotForXml { get; set; }
    }
}

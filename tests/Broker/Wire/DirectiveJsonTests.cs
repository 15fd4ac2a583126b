using System.Numerics;
using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Tests.Wire;

public sealed class DirectiveJsonTests
{
    private static PlainDirective? Read(string json) => (PlainDirective?)DirectiveJson.Read(Encoding.UTF8.GetBytes(json), typeof(PlainDirective));

    private static PlainDirective ReadSome(string json) => Assert.IsType<PlainDirective>(Read(json));

    private static string Deep(int levels, string open, string close) => string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat(close, levels));

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    [InlineData("null")]
    [InlineData("\uFEFFnull")]
    public void No_body_and_null_are_no_directive(string body) => Assert.Null(Read(body));

    [Theory]
    [InlineData("{")]
    [InlineData("{\"Number\":1")]
    [InlineData("{\"Number\":}")]
    [InlineData("not json")]
    [InlineData("<xml/>")]
    [InlineData("{\"Text\":\"open}")]
    public void What_is_not_JSON_is_refused(string body) => Assert.ThrowsAny<JsonException>(() => Read(body));

    [Theory]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("true")]
    [InlineData("[{\"Number\":1}]")]
    [InlineData("{\"Number\":\"many\"}")]
    [InlineData("{\"Number\":null}")]
    [InlineData("{\"Number\":{}}")]
    [InlineData("{\"Texts\":{}}")]
    [InlineData("{\"Colour\":\"Purple\"}")]
    [InlineData("{\"Key\":\"1234\"}")]
    public void JSON_of_another_shape_is_refused(string body) => Assert.ThrowsAny<JsonException>(() => Read(body));

    [Theory]
    [InlineData("{} x")]
    [InlineData("{}{}")]
    [InlineData("{\"Number\":1},")]
    [InlineData("null null")]
    [InlineData("{}]")]
    public void Trailing_text_is_refused(string body) => Assert.ThrowsAny<JsonException>(() => Read(body));

    [Fact]
    public void Trailing_white_space_is_fine() => Assert.Equal(1, ReadSome("{\"Number\":1} \r\n\t").Number);

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'{', 0, (byte)'}', 0 })]
    public void Bytes_that_are_not_UTF8_are_refused_and_not_replaced(byte[] body) =>
        Assert.Throws<DecoderFallbackException>(() => DirectiveJson.Read(body, typeof(PlainDirective)));

    [Fact]
    public void A_byte_order_mark_is_skipped() => Assert.Equal(7, ReadSome("\uFEFF{\"Number\":7}").Number);

    [Fact]
    public void Unknown_members_are_ignored() => Assert.Equal(7, ReadSome("{\"Unknown\":{\"a\":[1,2]},\"Number\":7}").Number);

    [Theory]
    [InlineData("{\"Any\":", "[", "]")]
    [InlineData("{\"Unknown\":", "[", "]")]
    [InlineData("{\"Child\":", "{\"Child\":", "}")]
    [InlineData("{\"Unknown\":", "{\"a\":", "}")]
    [InlineData("{\"Token\":", "[", "]")]
    public void Nesting_3000_deep_is_refused_in_known_and_unknown_members(string start, string open, string close)
    {
        var exception = Assert.ThrowsAny<JsonException>(() => Read(start + Deep(3000, open, close) + "}"));
        Assert.Contains("MaxDepth", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Any")]
    [InlineData("Unknown")]
    public void Nesting_is_allowed_up_to_64_levels(string member)
    {
        ReadSome($"{{\"{member}\":{Deep(63, "[", "]")}}}");
        Assert.ThrowsAny<JsonException>(() => Read($"{{\"{member}\":{Deep(64, "[", "]")}}}"));
    }

    [Theory]
    [InlineData("{\"$type\":\"System.IO.FileInfo, System.Runtime\"}")]
    [InlineData("{\"Number\":1,\"$type\":\"x\"}")]
    [InlineData("{\"Any\":{\"$type\":\"System.IO.FileInfo, System.Runtime\",\"fileName\":\"/etc/passwd\"}}")]
    [InlineData("{\"Child\":{\"$type\":\"x\"}}")]
    [InlineData("{\"Token\":{\"a\":[{\"$type\":\"x\"}]}}")]
    [InlineData("{\"Unknown\":{\"$type\":\"x\"}}")]
    [InlineData("{\"\\u0024type\":\"x\"}")]
    [InlineData("{\"Counts\":{\"$type\":1}}")]
    public void A_type_name_is_refused_wherever_it_stands(string body)
    {
        var exception = Assert.ThrowsAny<JsonException>(() => Read(body));
        Assert.Contains("$type", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_name_as_a_mere_value_is_text() => Assert.Equal("$type", ReadSome("{\"Text\":\"$type\"}").Text);

    [Theory]
    [InlineData("2024-02-30T10:00:00+02:00")]
    [InlineData("2024-02-29T10:00:00+02:00")]
    [InlineData("2024-01-01")]
    [InlineData("/Date(1700000000000)/")]
    public void Text_that_looks_like_a_date_is_kept_to_the_letter(string date)
    {
        PlainDirective directive = ReadSome($"{{\"Text\":\"{date}\",\"Any\":\"{date}\",\"Token\":{{\"d\":\"{date}\"}},\"Texts\":[\"{date}\"]}}");
        Assert.Equal(date, directive.Text);
        Assert.Equal(date, Assert.IsType<string>(directive.Any));
        Assert.Equal($"{{\"d\":\"{date}\"}}", directive.Token!.ToString(Formatting.None));
        Assert.Equal([date], directive.Texts!);
    }

    [Fact]
    public void A_moment_keeps_its_offset() => Assert.Equal(
        TimeSpan.FromHours(2), ReadSome("{\"Moment\":\"2024-02-29T10:00:00+02:00\"}").Moment.Offset);

    [Fact]
    public void Large_numbers_are_exact()
    {
        PlainDirective directive = ReadSome(
            "{\"Wide\":9223372036854775807,\"Money\":79228162514264337593543950335,\"Big\":123456789012345678901234567890,\"Any\":12345678901234567890}");
        Assert.Equal(long.MaxValue, directive.Wide);
        Assert.Equal(decimal.MaxValue, directive.Money);
        Assert.Equal(BigInteger.Parse("123456789012345678901234567890", System.Globalization.CultureInfo.InvariantCulture), directive.Big);
        Assert.Equal(BigInteger.Parse("12345678901234567890", System.Globalization.CultureInfo.InvariantCulture), Assert.IsType<BigInteger>(directive.Any));
    }

    [Theory]
    [InlineData("{\"Number\":2147483648}")]
    [InlineData("{\"Wide\":9223372036854775808}")]
    [InlineData("{\"Money\":1e400}")]
    public void Numbers_that_do_not_fit_are_refused_and_not_cut(string body) => Assert.ThrowsAny<JsonException>(() => Read(body));

    [Fact]
    public void A_data_contract_sends_its_members_and_nothing_else()
    {
        var directive = new ContractDirective { DocumentId = 42, Title = "t", NotSent = "no" };
        directive.Keep("s");
        string json = Encoding.UTF8.GetString(DirectiveJson.Write(directive));
        Assert.Equal("{\"_secret\":\"s\",\"document_id\":42,\"Title\":\"t\"}", json);

        var read = (ContractDirective)DirectiveJson.Read(Encoding.UTF8.GetBytes("{\"document_id\":42,\"Title\":\"t\",\"NotSent\":\"x\",\"_secret\":\"s\"}"), typeof(ContractDirective))!;
        Assert.Equal((42, "t", null, "s"), (read.DocumentId, read.Title, read.NotSent, read.Secret()));
    }

    [Fact]
    public void A_plain_class_sends_its_public_properties()
    {
        string json = Encoding.UTF8.GetString(DirectiveJson.Write(new PlainDirective { Number = 42, Text = "ü" }));
        Assert.Contains("\"Number\":42", json, StringComparison.Ordinal);
        Assert.Contains("\"Text\":\"ü\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void No_type_name_and_no_byte_order_mark_is_written()
    {
        byte[] body = DirectiveJson.Write(new PlainDirective { Child = new Nested { Name = "n" } });
        Assert.Equal((byte)'{', body[0]);
        Assert.DoesNotContain("$type", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_directive_is_an_empty_object() => Assert.Equal("{}", Encoding.UTF8.GetString(DirectiveJson.Write(new EmptyTaskDirective())));

    [Fact]
    public void Text_that_is_no_Unicode_is_refused_when_it_is_written() =>
        Assert.Equal("Text", Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(new PlainDirective { Text = "\uD800" })).Place);
}

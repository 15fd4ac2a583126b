using System.Numerics;
using System.Text;
using BrokerQueues.Broker.Wire.Json;
using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

public sealed class DirectiveRoundTripTests
{
    private static Gen<T> Of<T>() => ArbMap.Default.GeneratorFor<T>();

    /// <summary>Any text that is Unicode: a lone surrogate is refused on writing.</summary>
    private static Gen<string?> Texts => Gen.Frequency(
        (1, Gen.Constant<string?>(null)),
        (6, Of<string?>().Select(text => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)))),
        (2, Gen.Elements<string?>("", "é€😀", "\"\\/\b\f\n\r\t\0\u2028", "2024-01-01T00:00:00Z", "$type", "\uFEFF")));

    private static Gen<Nested?> Nesteds => Gen.Sized(size => Nest(Math.Min(size, 20)));

    private static Gen<Nested?> Nest(int depth) => depth == 0
        ? Gen.Constant<Nested?>(null)
        : Gen.Frequency((1, Gen.Constant<Nested?>(null)), (4, Texts.SelectMany(name => Nest(depth - 1).Select(Nested? (child) => new Nested { Name = name, Child = child }))));

    private static Gen<PlainDirective> Directives =>
        from texts in Texts.ListOf()
        from keys in Texts.ListOf()
        from counts in Of<int>().ListOf()
        from text in Texts
        from numbers in Of<(int Number, long Wide, double Real, decimal Money, BigInteger Big, bool Flag)>()
        from times in Of<(DateTime Time, DateTimeOffset Moment, TimeSpan Span)>()
        from utc in Of<bool>()
        from colour in Of<Colour>()
        from maybe in Of<int?>()
        from bytes in Of<byte[]?>()
        from key in Of<Guid>()
        from child in Nesteds
        from any in Texts
        select new PlainDirective
        {
            Text = text,
            Number = numbers.Number,
            Wide = numbers.Wide,
            Real = numbers.Real,
            Money = numbers.Money,
            Big = numbers.Big,
            Flag = numbers.Flag,
            Key = key,
            Time = DateTime.SpecifyKind(times.Time, utc ? DateTimeKind.Utc : DateTimeKind.Unspecified),
            Moment = times.Moment,
            Span = times.Span,
            Colour = colour,
            Maybe = maybe,
            Bytes = bytes,
            Texts = [.. texts],
            Counts = keys.Zip(counts).Where(entry => entry.First is not (null or "$type")).DistinctBy(entry => entry.First).ToDictionary(entry => entry.First!, entry => entry.Second),
            Child = child,
            Any = any,
            Token = any is null ? null : new JObject { ["a"] = any, ["n"] = numbers.Wide },
            Link = new Uri("amqp://host/" + numbers.Number),
        };

    [Fact]
    public void What_is_written_is_read_back() => Prop.ForAll(Directives.ToArbitrary(), directive =>
    {
        var read = (PlainDirective)DirectiveJson.Read(DirectiveJson.Write(directive), typeof(PlainDirective))!;

        Assert.Equal(directive.Text, read.Text);
        Assert.Equal(directive.Number, read.Number);
        Assert.Equal(directive.Wide, read.Wide);
        Assert.Equal(directive.Real, read.Real);
        Assert.Equal(directive.Money, read.Money);
        Assert.Equal(directive.Big, read.Big);
        Assert.Equal(directive.Flag, read.Flag);
        Assert.Equal(directive.Key, read.Key);
        Assert.Equal((directive.Time, directive.Time.Kind), (read.Time, read.Time.Kind));
        Assert.Equal((directive.Moment, directive.Moment.Offset), (read.Moment, read.Moment.Offset));
        Assert.Equal(directive.Span, read.Span);
        Assert.Equal(directive.Colour, read.Colour);
        Assert.Equal(directive.Maybe, read.Maybe);
        Assert.Equal(directive.Bytes, read.Bytes);
        Assert.Equal(directive.Texts, read.Texts);
        Assert.Equal(directive.Counts, read.Counts);
        Assert.Equal(directive.Any, read.Any);
        Assert.True(JToken.DeepEquals(directive.Token ?? JValue.CreateNull(), read.Token ?? JValue.CreateNull()));
        Assert.Equal(directive.Link, read.Link);
        for (Nested? a = directive.Child, b = read.Child; a is not null || b is not null; a = a!.Child, b = b!.Child)
        {
            Assert.Equal(a is null, b is null);
            Assert.Equal(a!.Name, b!.Name);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_damaged_body_is_a_directive_or_an_error_that_is_expected() => Prop.ForAll(ArbMap.Default.ArbFor<(int Position, byte Value)[]>(), damage =>
    {
        byte[] body = "{\"Text\":\"é\",\"Number\":1,\"Child\":{\"Name\":\"n\",\"Child\":null},\"Texts\":[\"a\",null],\"Any\":[1,{\"a\":1.5e3}],\"Unknown\":true}"u8.ToArray();
        foreach ((int position, byte value) in damage)
        {
            body[(position & int.MaxValue) % body.Length] = value;
        }

        try
        {
            DirectiveJson.Read(body, typeof(PlainDirective));
        }
        catch (Exception exception) when (exception is Newtonsoft.Json.JsonException or DecoderFallbackException)
        {
            // The two errors that park a task as incompatible with a reason that names them.
        }
    }).QuickCheckThrowOnFailure();
}

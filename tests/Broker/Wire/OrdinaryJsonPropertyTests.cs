using System.Text;
using BrokerQueues.Broker.Wire.Json;
using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

public sealed class OrdinaryJsonPropertyTests
{
    private static readonly JsonSerializerSettings s_typed = new() { TypeNameHandling = TypeNameHandling.All };

    private static string Describe(ITaskDirective? directive) => directive is not RichDirective rich ? "null" : string.Join(
        '\n', JsonConvert.SerializeObject(rich, s_typed), Types(rich.Any as JToken), rich.Any?.GetType(), Types(rich.Token), Types(rich.Object), rich.Raw?.Value,
        rich.More is null ? null : string.Join(';', rich.More.Select(more => more.Key + Types(more.Value))));

    private static string Types(JToken? token) => token switch
    {
        JValue value => $"{value.Type}:{value.Value?.GetType()}",
        JContainer container => string.Join(';', container.Descendants().OfType<JValue>().Select(Types)),
        _ => "",
    };

    private static string Outcome(Func<ITaskDirective?> read)
    {
        try
        {
            return Describe(read());
        }
        catch (Exception exception)
        {
            return $"{exception.GetType()}: {exception.Message}";
        }
    }

    [Fact]
    public void The_short_way_gives_up_or_reads_the_same_as_the_long_way()
    {
        int taken = 0;
        int accepted = 0;
        Prop.ForAll(OddJson.Bodies.ToArbitrary(), body =>
        {
            string expected = Outcome(() => DirectiveJson.ReadAny(body, typeof(RichDirective)));
            accepted += expected[0] == '{' ? 1 : 0;
            if (DirectiveJson.TryReadOrdinary(body, typeof(RichDirective), out ITaskDirective? directive))
            {
                taken++;
                Same(expected, Describe(directive), body);
            }

            Same(expected, body.Length == 0 ? expected : Outcome(() => DirectiveJson.Read(body, typeof(RichDirective))), body);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

        // Else all of the above is true of nothing.
        Assert.True(taken > 4_000, $"Of {accepted} bodies that are accepted, {taken} were read the short way.");
    }

    [Fact]
    public void Whatever_is_asked_of_it_the_reader_answers_as_Newtonsoft_s_does_or_gives_up()
    {
        int finished = 0;
        Prop.ForAll(OddJson.Bodies.Zip(Gen.Choose(0, 9).ArrayOf(40)).ToArbitrary(), sample =>
        {
            (byte[] body, int[] questions) = sample;
            string text = Encoding.UTF8.GetString(body);
            if (text.Contains('\uFFFD', StringComparison.Ordinal) || text.Contains("$type", StringComparison.Ordinal) || !text.AsSpan().TrimStart(" \r\n\t").StartsWith('{'))
            {
                return;
            }

            var ordinary = new Utf8JsonTokenReader();
            ordinary.Open(body);
            using var any = new JsonTextReader(new StringReader(text)) { MaxDepth = 64, DateParseHandling = DateParseHandling.None };
            for (int step = 0; ; step++)
            {
                int question = questions[step % questions.Length];
                string actual = Answer(ordinary, question);
                string expected = Answer(any, question);
                if (ordinary.HasGivenUp)
                {
                    return;
                }

                if (expected.StartsWith("threw", StringComparison.Ordinal))
                {
                    // It may find out later, but not never.
                    while (Answer(ordinary, 0)[0] == 'T')
                    {
                    }

                    Assert.True(ordinary.HasGivenUp, text);
                    return;
                }

                Same(expected, actual, body);
                if (any.TokenType == JsonToken.None)
                {
                    finished++;
                    return;
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));
        Assert.True(finished > 500, $"{finished} were read to the end.");
    }

    private static string Answer<TReader>(TReader reader, int question)
        where TReader : JsonReader, IJsonLineInfo
    {
        try
        {
            // What does not begin a value, or is not of the type, is mostly asked for by Read.
            object? answer = question switch
            {
                1 when reader.TokenType == JsonToken.PropertyName => reader.ReadAsInt32(),
                2 => reader.TokenType == JsonToken.PropertyName ? reader.ReadAsString() : reader.Read(),
                3 => reader.TokenType == JsonToken.PropertyName ? reader.ReadAsDouble() : reader.Read(),
                4 => reader.TokenType == JsonToken.PropertyName ? reader.ReadAsDecimal() : reader.Read(),
                5 when reader.TokenType == JsonToken.StartArray => reader.ReadAsInt32(),
                6 when reader.TokenType == JsonToken.StartArray => reader.ReadAsBytes(),
                7 when reader.TokenType == JsonToken.PropertyName => reader.ReadAsBoolean(),
                8 when reader.TokenType == JsonToken.PropertyName => reader.ReadAsDateTime(),
                9 when reader.TokenType == JsonToken.PropertyName => reader.ReadAsDateTimeOffset(),
                _ => reader.Read(),
            };
            object? value = reader.Value is decimal money ? string.Join(',', decimal.GetBits(money)) : reader.Value;
            return FormattableString.Invariant(
                $"{answer} {reader.TokenType} {value} {reader.ValueType} {reader.Path} {reader.Depth} {reader.LineNumber} {reader.LinePosition} {reader.QuoteChar} {(value is double real ? BitConverter.DoubleToInt64Bits(real) : 0)}");
        }
        catch (Exception exception)
        {
            return $"threw {exception.GetType()}";
        }
    }

    private static void Same(string expected, string actual, byte[] body) =>
        Assert.True(expected == actual, $"{Encoding.UTF8.GetString(body)}\n--- expected\n{expected}\n--- actual\n{actual}");
}

using System.Text;
using BrokerQueues.Broker.Wire.Json;
using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Tests.Wire;

/// <summary>Whole texts of any shape and length, token by token. FsCheck tells the seed of a text that fails.</summary>
public sealed class TokenDifferenceTests
{
    private static readonly string[] s_spaces = ["", " ", "\n", "\r\n", "\t", "\r"];

    private static Gen<string> Unicode =>
        from runes in Gen.Frequency(
            (8, Gen.Choose('a', 'z')), (2, Gen.Choose(0x20, 0x7f).Where(code => code is not ('"' or '\\'))), (2, Gen.Choose(0x80, 0x7ff)), (1, Gen.Choose(0x800, 0xd7ff)), (1, Gen.Choose(0x10000, 0x10ffff))).ListOf()
        select string.Concat(runes.Select(char.ConvertFromUtf32));

    private static Gen<string> Escapes =>
        from units in Gen.Frequency((100, Gen.Choose(0, 0xd7ff)), (1, Gen.Choose(0xd800, 0xdfff)), (100, Gen.Elements(-1))).ListOf()
        select string.Concat(units.Select(unit => unit < 0 ? "\\n" : FormattableString.Invariant($"\\u{unit:x4}")));

    private static Gen<string> Text => Gen.Frequency((8, Unicode), (1, Escapes), (1, Unicode.Zip(Escapes).Select(pair => pair.Item1 + pair.Item2))).Select(text => $"\"{text}\"");

    private static Gen<string> Number => Gen.Frequency(
        (5, Gen.Choose(int.MinValue, int.MaxValue).Select(number => FormattableString.Invariant($"{number}"))),
        (5, ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).Select(number => FormattableString.Invariant($"{number:R}"))),
        (1, ArbMap.Default.GeneratorFor<long>().Select(number => FormattableString.Invariant($"{number}"))),
        (1, Gen.Choose(1, 500).Select(digits => $"{new string('9', digits)}.{new string('7', digits)}e-{digits}")));

    private static Gen<string> Scalar => Gen.Frequency((4, Text), (4, Number), (2, Gen.Elements("true", "false", "null", "[]", "{}")));

    // More than are found in advance, so that what is found again later is right too.
    private static Gen<string> Ordinary(int depth) => Gen.Frequency(
        (2, Scalar),
        (depth > 0 ? 2 : 0, Gen.Elements(0).SelectMany(_ => Joined(Ordinary(depth - 1), '[', ']'))),
        (depth > 0 ? 2 : 0, Gen.Elements(0).SelectMany(_ => Joined(from name in Text from colon in Space(":") from value in Ordinary(depth - 1) select name + colon + value, '{', '}'))));

    private static Gen<string> Joined(Gen<string> items, char open, char close) =>
        from list in Gen.Choose(0, 7).SelectMany(count => items.ListOf(count))
        from comma in Space(",")
        select $"{open}{string.Join(comma, list)}{close}";

    private static Gen<string> Space(string around) =>
        from before in Gen.Elements(s_spaces)
        from behind in Gen.Elements(s_spaces)
        select before + around + behind;

    private static Gen<byte[]> Whole =>
        from members in Joined(from name in Text from value in Gen.Frequency((60, Ordinary(3)), (1, OddJson.Values(2))) select $"{name}:{value}", '{', '}')
        select Encoding.UTF8.GetBytes(members);

    private static Gen<byte[]> Texts => Gen.Frequency((3, Whole), (1, Whole.SelectMany(OddJson.Damaged)), (1, OddJson.Bodies));

    [Fact]
    public void The_reader_gives_up_or_gives_the_tokens_that_Newtonsoft_s_gives()
    {
        int same = 0;
        int longer = 0;
        Prop.ForAll(Texts.ToArbitrary(), body =>
        {
            if (TokensOf(body) is { } tokens)
            {
                string text = Encoding.UTF8.GetString(body);
                using var newtonsoft = new JsonTextReader(new StringReader(text)) { MaxDepth = 64, DateParseHandling = DateParseHandling.None };
                Assert.Equal(Tokens(newtonsoft), tokens);
                same++;
                longer += tokens.Count > 64 ? 1 : 0;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000).WithEndSize(12));
        Assert.True(same > 1_500 && longer > 100, $"{same} were read to the end, of which {longer} were long.");
    }

    private static List<string>? TokensOf(byte[] body)
    {
        if (!System.Text.Unicode.Utf8.IsValid(body))
        {
            return null;
        }

        var reader = new Utf8JsonTokenReader();
        reader.Open(body);
        try
        {
            List<string> tokens = Tokens(reader);
            Assert.False(reader.HasGivenUp);
            return tokens;
        }
        catch (Exception exception) when (exception is NotOrdinaryJsonException or InvalidOperationException or System.Text.Json.JsonException)
        {
            Assert.True(reader.HasGivenUp);
            return null;
        }
    }

    private static List<string> Tokens(JsonReader reader)
    {
        List<string> tokens = [];
        bool isRead;
        do
        {
            isRead = reader.Read();
            long bits = reader.Value is double real ? BitConverter.DoubleToInt64Bits(real) : 0;
            var line = (IJsonLineInfo)reader;
            tokens.Add(FormattableString.Invariant($"{isRead} {reader.TokenType} {reader.Value} {bits} {reader.ValueType} {reader.Path} {reader.Depth} {line.LineNumber} {line.LinePosition}"));
        }
        while (isRead);
        return tokens;
    }
}

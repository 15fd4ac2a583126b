using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace BrokerQueues.Broker.Tests.Wire;

/// <summary>JSON of all sorts: ordinary, odd, of another shape, and damaged.</summary>
internal static class OddJson
{
    private static readonly string[] s_ints = ["0", "7", "-1", "127", "128", "129", "-2", "255", "32767", "65535", "2147483647", "-2147483648", "42"];

    private static readonly string[] s_numbers =
    [
        .. s_ints, "-0", "0.0", "-0.0", "0.10", "1.0", "1.50", "-12.250", "1E5", "1e-7", "1E+2", "1.5e3", "-1e0", "1e400", "-1e400", "1e-400", "5e-324", "0e5",
        "2147483648", "4294967295", "123456789012345678", "1234567890123456789", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "12345678901234567890", "18446744073709551615", "79228162514264337593543950335", "79228162514264337593543950336", "0.1234567890123456789012345678",
        "1234567890.123456789012345", "12345678901234567890.1234567", "0.000000000000000000000000001", "1.00000000000000000000000000000000000", "0.1e-20",
        "1.7976931348623157e308", "0.30000000000000004", "3.4028235E+38", "100000000000000000000000000000000000000000000000000000000000000000000000000.5",
        "01", "-01", "00", "1.", ".5", "+1", "-", "1e", "1e+", "0x1F", "010", "1_0", "NaN", "Infinity", "-Infinity", "1a", "--1", "1.2.3",
    ];

    private static readonly string[] s_texts =
    [
        "", "a", "é€😀", "plain text", "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\\u00e9\\u20AC", "\\ud83d\\ude00", "\\uD83D", "\\uDE00", "\\uD83D\\u0041", "\\ud83dx", "\\u0000", "\\u12", "\\u 123", "\\u41\0\0", "\\x", "\\'",
        "a\nb", "a\tb", "\u0001", "\u007f", "\u2028", "\uFEFF", "$type", "1", "12.5", "true", "null", " 7 ", "1,000", "1e3", "Green", "green", "Purple", "0f8fad5b-d9cb-469f-a165-70867728950e",
        "2024-02-29T10:00:00+02:00", "2024-02-30T10:00:00Z", "2024-01-01", "2024-01-01T00:00:00.1234567Z", "/Date(1700000000000)/", "\\/Date(1700000000000+0100)\\/", "20240131", "1.02:03:04.0050000", "24:00:00",
        "AQID", "AQI", "amqp://host/1", "https://a/\\u00fc?b=c", "1234567890123456789", "/*no comment*/",
    ];

    private static readonly string[] s_names =
    [
        "Text", "Flag", "MaybeFlag", "Byte", "SByte", "Short", "UShort", "Int", "MaybeInt", "UInt", "Long", "MaybeLong", "ULong", "Single", "Double", "MaybeDouble", "Decimal", "MaybeDecimal", "Big", "Letter",
        "Colour", "MaybeColour", "Key", "Time", "MaybeTime", "Moment", "Span", "Link", "Bytes", "Texts", "Ints", "Decimals", "Doubles", "Flags", "Moments", "Counts", "ByNumber", "Child", "Forgiving", "Contract",
        "Any", "Token", "Object", "Raw", "Whereabouts", "Guarded", "Meddled",
    ];

    private static readonly string[] s_oddNames = ["int", "Unknown", "ünknown", "\\u0049nt", "", "a.b", "$type", "\\u0024type", "$id", "$ref", "$values", "x" + new string('y', 80), "document_id", "tab\tin", "Name", "Number"];

    private static readonly string[] s_spaces = ["", "", "", "", " ", "\n", "\r\n", "\r", "\t \n", "/*c*/", "\u00a0", "//c\n"];

    private static Gen<string> Space => Gen.Frequency((97, Gen.Elements(s_spaces[..5])), (2, Gen.Elements(s_spaces[5..9])), (1, Gen.Elements(s_spaces)));

    private static Gen<string> Text => Gen.Frequency((60, Gen.Elements(s_texts).Select(text => $"\"{text}\"")), (1, Gen.Elements("'a'", "\"open", "\"a\" \"b\"")));

    private static Gen<string> Words => Gen.Frequency((20, Gen.Elements("true", "false", "null")), (1, Gen.Elements("undefined", "True", "nul", "nullx", "new Date(1)", "truefalse")));

    private static Gen<string> Digits =>
        from sign in Gen.Elements("", "-")
        from whole in Gen.Choose(1, 20).SelectMany(count => Gen.Choose(0, 9).ListOf(count))
        from fraction in Gen.Choose(0, 14).SelectMany(count => Gen.Choose(0, 9).ListOf(count))
        let front = string.Concat(whole).TrimStart('0')
        select $"{sign}{(front.Length == 0 ? "0" : front)}{(fraction.Count == 0 ? "" : "." + string.Concat(fraction))}";

    public static Gen<string> Values(int depth) => Gen.Frequency(
        (5, Gen.Elements(s_numbers)), (2, Digits), (6, Text), (3, Words), (depth > 0 ? 2 : 0, Gen.Elements(0).SelectMany(_ => Arrays(Values(depth - 1)))),
        (depth > 0 ? 2 : 0, Gen.Elements(0).SelectMany(_ => Objects(Gen.Elements([.. s_oddNames, .. s_names]).SelectMany(name => Values(depth - 1).Select(value => (name, value)))))));

    /// <summary>The member of a <see cref="RichDirective"/>, more often than not with a value it takes.</summary>
    private static Gen<(string Name, string Value)> Member => Gen.Frequency(
        (9, Gen.Elements(s_names).SelectMany(name => Gen.Frequency((12, Fitting(name)), (1, Values(2))).Select(value => (name, value)))),
        (1, Gen.Elements(s_oddNames).SelectMany(name => Values(2).Select(value => (name, value)))),
        (1, from name in Gen.Elements("Any", "Token", "Unknown", "Child") from levels in Gen.Choose(55, 70) from kind in Gen.Choose(0, 1) select (name, Deep(levels, kind == 0))));

    private static Gen<string> Fitting(string name) => name switch
    {
        "Flag" or "MaybeFlag" => Gen.Elements("true", "false", "\"true\""),
        "Byte" or "SByte" or "Short" or "UShort" or "UInt" or "ULong" => Gen.Elements("0", "1", "127"),
        "Int" or "MaybeInt" => Gen.Elements(s_ints),
        "Long" or "MaybeLong" or "Big" => Gen.Elements("1", "-5", "123456789012345678"),
        "Single" or "Double" or "MaybeDouble" => Gen.OneOf(Digits, Gen.Elements(s_numbers[..30])),
        "Decimal" or "MaybeDecimal" => Gen.OneOf(Digits, Gen.Elements("0.10", "0", "-0", "-0.0", "0.00", "79228162514264337593543950335")),
        "Colour" or "MaybeColour" => Gen.Elements("\"Green\"", "1", "\"2\""),
        "Letter" => Gen.Elements("\"a\"", "65", "\"\\u00e9\""),
        "Key" => Gen.Constant("\"0f8fad5b-d9cb-469f-a165-70867728950e\""),
        "Time" or "MaybeTime" or "Moment" => Gen.Elements("\"2024-02-29T10:00:00+02:00\"", "\"2024-01-01\"", "\"2024-01-01T00:00:00.1234567Z\"", "\"\\/Date(1700000000000)\\/\""),
        "Span" => Gen.Elements("\"01:02:03\"", "\"1.02:03:04.0050000\""),
        "Link" => Gen.Constant("\"https://a/\\u00fc?b=c\""),
        "Bytes" => Gen.Elements("\"AQID\"", "[1,2,255]", "\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "\" 0f8fad5b-d9cb-469f-a165-70867728950e\"", "\" AQ ID\"", "[]", "\"\"", "[256]"),
        "Texts" => Arrays(Text),
        "Ints" or "Guarded" => Arrays(Gen.Elements(s_ints)),
        "Decimals" or "Doubles" => Arrays(Gen.OneOf(Digits, Gen.Elements("null", "0.10"))),
        "Flags" => Arrays(Gen.Elements("true", "false")),
        "Moments" => Arrays(Gen.Constant("\"2024-02-29T10:00:00+02:00\"")),
        "Counts" or "ByNumber" => Objects(from key in Gen.Elements("1", "2", "a") from value in Gen.Elements("1", "2", "{}") select (key, value)),
        "Child" => Gen.Elements("null", "{\"Name\":\"n\",\"Child\":{\"Name\":null}}", "{}"),
        "Contract" => Gen.Elements("{\"document_id\":4,\"_secret\":\"s\"}", "{\"document_id\":4}", "{}"),
        "Forgiving" => Objects(from member in Gen.Elements("Number", "Time", "x") from value in Gen.Elements("1", "\"2024-01-01\"", "\"x\"", "1.5", "[1]") select (member, value)),
        "Object" => Objects(Gen.Elements("a", "b", "c").SelectMany(key => Values(1).Select(value => (key, value)))),
        "Text" => Text,
        _ => Values(2),
    };

    private static Gen<string> Arrays(Gen<string> items) =>
        from list in Gen.Choose(0, 4).SelectMany(count => items.ListOf(count))
        from space in Space
        from close in Gen.Frequency((60, Gen.Constant("]")), (1, Gen.Elements(",]", "}", "", "]]")))
        select $"[{space}{string.Join(space + ",", list)}{close}";

    private static Gen<string> Objects(Gen<(string Name, string Value)> members, int most = 3) =>
        from list in Gen.Choose(0, most).SelectMany(count => members.ListOf(count))
        from before in Space
        from behind in Space
        from close in Gen.Frequency((60, Gen.Constant("}")), (1, Gen.Elements(",}", "]", "", "}}")))
        select $"{{{before}{string.Join($"{behind},{before}", list.Select(member => $"\"{member.Name}\"{behind}:{before}{member.Value}"))}{close}";

    private static string Deep(int levels, bool arrays) => arrays
        ? new string('[', levels) + new string(']', levels)
        : string.Concat(Enumerable.Repeat("{\"Child\":", levels)) + "null" + new string('}', levels);

    public static Gen<byte[]> Damaged(byte[] body) =>
        from kind in Gen.Choose(0, 3)
        from at in Gen.Choose(0, Math.Max(0, body.Length - 1))
        from value in Gen.OneOf(Gen.Choose(0, 255), Gen.Elements<int>("\"\\{}[]:,0 'e-/u"u8.ToArray().Select(letter => (int)letter).ToArray()))
        select body.Length == 0 ? body : kind switch
        {
            0 => [.. body[..at], (byte)value, .. body[(at + 1)..]],
            1 => body[..at],
            2 => [.. body[..at], (byte)value, .. body[at..]],
            _ => [.. body[..at], .. body[(at + 1)..]],
        };

    public static Gen<byte[]> Bodies =>
        from text in Objects(Member, most: 7)
        from around in Gen.Frequency((30, Gen.Constant(("", ""))), (1, Gen.Elements((" ", "\n"), ("", "x"), ("/**/", ""), ("", "{}"), ("[", "]"), ("null", ""))))
        let body = Encoding.UTF8.GetBytes(around.Item1 + text + around.Item2)
        from damage in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Constant(1)), (1, Gen.Constant(2)))
        from damaged in damage == 0 ? Gen.Constant(body) : damage == 1 ? Damaged(body) : Damaged(body).SelectMany(Damaged)
        select damaged;
}

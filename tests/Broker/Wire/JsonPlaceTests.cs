using System.Text;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Tests.Wire;

/// <summary>Errors are told by place and expected type; what stood there is the user's business.</summary>
public sealed class JsonPlaceTests
{
    private const string Secret = "s3cretPayload";

    public static TheoryData<string, string> Bodies => new()
    {
        { $"{{\"Number\":\"{Secret}\"}}", " at 'Number' at line 1, position 25, where a System.Int32 is expected" },
        { $"{{\"Text\":\"{Secret}\",\"Counts\":{{\"{Secret}\":\"{Secret}\"}}}}", " at 'Counts[*]' at line 1, position 65, where a System.Int32 is expected" },
        { $"{{\"Counts\":{{\"{Secret}.x y\":\"{Secret}\"}}}}", " at 'Counts[*]' at line 1, position 46, where a System.Int32 is expected" },
        { $"{{\"Texts\":[\"a\",{{\"{Secret}\":1}}]}}", " at 'Texts[0]' at line 1, position 15, where a System.String is expected" },
        { $"{{\"{Secret}\":{{\"{Secret}\":tru{Secret}}}}}", " at '[*][*]' at line 1, position 37" },
        { $"{{\"Colour\":\"{Secret}\"}}", " at 'Colour' at line 1, position 25, where a BrokerQueues.Broker.Tests.Wire.Colour is expected" },
        { $"{{\"Key\":\"{Secret}\"}}", " at 'Key' at line 1, position 22, where a System.Guid is expected" },
        { $"{{\"Child\":{{\"Child\":{{\"Name\":[\"{Secret}\"]}}}}}}", " at 'Child.Child.Name' at line 1, position 27, where a System.String is expected" },
        { Secret, "" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void The_place_of_an_error_is_told_without_any_value(string body, string place)
    {
        var exception = Assert.ThrowsAny<JsonException>(() => DirectiveJson.Read(Encoding.UTF8.GetBytes(body), typeof(PlainDirective)));
        string told = JsonPlace.Of(exception, typeof(PlainDirective));
        Assert.DoesNotContain("s3cret", told, StringComparison.Ordinal);
        Assert.Equal(place, told);
    }

    [Theory]
    [InlineData("['a'].b", "[*].b", false)]
    [InlineData("[", "[]", false)]
    [InlineData("['", "[*]", false)]
    [InlineData("Texts[3]", "Texts[3]", true)]
    [InlineData("['a\\']b'].Name", "[*][*]", false)]
    public void Any_path_can_be_told(string path, string told, bool isKnown)
    {
        string place = JsonPlace.Of(path, typeof(PlainDirective), out Type? expected);
        Assert.Equal(told.Replace(".b", "[*]", StringComparison.Ordinal), place);
        Assert.Equal(isKnown, expected is not null);
    }
}

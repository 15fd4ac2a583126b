using System.Text;
using BrokerQueues.Broker.Wire.Json;

namespace BrokerQueues.Broker.Tests.Wire;

public sealed class Utf8NameTableTests
{
    private readonly Utf8NameTable _names = new();

    private string Get(string name) => _names.Get(Encoding.UTF8.GetBytes(name));

    [Theory]
    [InlineData("a")]
    [InlineData("CustomerNumber")]
    [InlineData("größe€😀")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void A_name_met_again_is_the_same_string(string name)
    {
        string first = Get(name);
        Assert.Equal(name, first);
        Assert.Same(first, Get(name));
    }

    [Fact]
    public void A_long_name_is_not_kept()
    {
        string name = new('n', 65);
        Assert.Equal(name, Get(name));
        Assert.NotSame(Get(name), Get(name));
    }

    [Fact]
    public void No_name_is_no_text() => Assert.Equal("", Get(""));

    [Fact]
    public void However_many_names_come_each_is_right_and_the_next_are_kept()
    {
        for (int number = 0; number < 100_000; number++)
        {
            Assert.Equal($"name{number}", Get($"name{number}"));
        }

        Assert.Same(Get("Text"), Get("Text"));
    }
}

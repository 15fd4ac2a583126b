using System.Text;
using BrokerQueues.Broker.Wire;

namespace BrokerQueues.Broker.Tests.Wire;

public sealed class ShortStringTests
{
    [Theory]
    [InlineData("a", 255, true)]
    [InlineData("a", 256, false)]
    [InlineData("é", 127, true)]
    [InlineData("é", 128, false)]
    [InlineData("😀", 63, true)]
    [InlineData("😀", 64, false)]
    public void A_short_string_has_at_most_255_bytes_of_utf_8(string unit, int count, bool fits)
    {
        string text = string.Concat(Enumerable.Repeat(unit, count));
        Assert.Equal(fits, ShortString.Fits(text));
        Assert.Equal(fits, ShortString.FindFault(text, "name") is null);
    }

    // Not as data of a theory: attributes are stored as UTF-8, which cannot say them either.
    [Fact]
    public void Half_a_surrogate_pair_would_arrive_as_another_text() => Assert.All(["\ud83d", "a\ude00", "\ud83da", "\ude00\ud83d"], text =>
    {
        Assert.False(ShortString.Fits(text));
        Assert.Contains("half a surrogate pair", ShortString.FindFault(text, "name"), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Where_a_text_is_needed_an_empty_one_is_none(string? text) => Assert.Contains("must not be empty", ShortString.FindFault(text, "name"), StringComparison.Ordinal);

    [Theory]
    [InlineData("é")]
    [InlineData("😀")]
    [InlineData("a😀é")]
    public void What_does_not_fit_is_cut_between_characters_and_marked(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, 300));
        string cut = ShortString.Shorten(text)!;
        Assert.InRange(Encoding.UTF8.GetByteCount(cut), 248, 255);
        Assert.True(ShortString.IsWellFormed(cut));
        Assert.EndsWith("...", cut, StringComparison.Ordinal);
        Assert.StartsWith(cut[..^3], text, StringComparison.Ordinal);
        Assert.Null(ShortString.Shorten(null));
    }
}

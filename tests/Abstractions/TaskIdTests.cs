namespace BrokerQueues.Abstractions.Tests;

public sealed class TaskIdTests
{
    [Fact]
    public void An_id_of_255_bytes_is_accepted()
    {
        string value = new('a', 255);
        Assert.Equal(value, new TaskId(value).Value);
    }

    [Fact]
    public void An_id_of_256_bytes_is_refused_with_the_limit_and_its_beginning()
    {
        var exception = Assert.Throws<ArgumentException>(() => new TaskId(new string('a', 256)));
        Assert.Contains("255 bytes", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"'{new string('a', 32)}'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("é", 127, 1)]
    [InlineData("€", 85, 0)]
    [InlineData("😀", 63, 3)]
    public void Bytes_of_UTF8_count_and_not_characters(string character, int times, int spare)
    {
        string fits = string.Concat(Enumerable.Repeat(character, times)) + new string('a', spare);
        Assert.Equal(fits, new TaskId(fits).Value);
        Assert.Throws<ArgumentException>(() => new TaskId(fits + "a"));
    }

    [Fact]
    public void Half_a_character_is_refused_for_it_would_arrive_as_another_id()
    {
        var exception = Assert.Throws<ArgumentException>(() => new TaskId("order-\ud83d"));
        Assert.Contains("position 6", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_id_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new TaskId(""));
        Assert.Throws<ArgumentNullException>(() => new TaskId(null!));
    }

    [Fact]
    public void The_default_id_is_empty_text_and_not_null()
    {
        Assert.Equal("", default(TaskId).Value);
        Assert.Equal("", default(TaskId).ToString());
    }

    [Fact]
    public void New_ids_are_UUIDs_of_version_7_and_differ()
    {
        var ids = Enumerable.Range(0, 100).Select(_ => TaskId.New()).ToList();
        Assert.All(ids, id => Assert.Equal(7, Guid.Parse(id.Value).Version));
        Assert.Equal(100, ids.Distinct().Count());
    }

    [Fact]
    public void Ids_with_the_same_text_are_equal()
    {
        Assert.Equal(new TaskId("order-1"), new TaskId("order-1"));
        Assert.NotEqual(new TaskId("order-1"), new TaskId("Order-1"));
        Assert.Equal("order-1", $"{new TaskId("order-1")}");
    }
}

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

    [Fact]
    public void In_System_Text_Json_an_id_is_a_string()
    {
        var id = new TaskId("order-7 \"é\"");
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(id.Value), System.Text.Json.JsonSerializer.Serialize(id));
        Assert.Equal(id, System.Text.Json.JsonSerializer.Deserialize<TaskId>(System.Text.Json.JsonSerializer.Serialize(id)));

        var holder = new Holder { Id = id, Ids = [id, default], ById = new() { [id] = 1 } };
        Holder read = System.Text.Json.JsonSerializer.Deserialize<Holder>(System.Text.Json.JsonSerializer.Serialize(holder))!;
        Assert.Equal((id, null, 1), (read.Id, read.Maybe, read.ById![id]));
        Assert.Equal(holder.Ids, read.Ids);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{\"Value\":\"a\"}")]
    [InlineData("\"\\ud83d\"")]
    public void What_is_no_id_is_a_JsonException_of_System_Text_Json(string json) =>
        Assert.Throws<System.Text.Json.JsonException>(() => System.Text.Json.JsonSerializer.Deserialize<TaskId>(json));

    [Fact]
    public void Too_long_an_id_is_a_JsonException_that_does_not_quote_it()
    {
        var exception = Assert.Throws<System.Text.Json.JsonException>(() => System.Text.Json.JsonSerializer.Deserialize<TaskId>($"\"{new string('q', 256)}\""));
        Assert.Contains("255 bytes", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("qq", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void In_Newtonsoft_Json_an_id_is_a_string_though_nothing_here_refers_to_it()
    {
        var id = new TaskId("order-7 \"é\"");
        Assert.Equal(Newtonsoft.Json.JsonConvert.SerializeObject(id.Value), Newtonsoft.Json.JsonConvert.SerializeObject(id));
        Assert.Equal(id, Newtonsoft.Json.JsonConvert.DeserializeObject<TaskId>(Newtonsoft.Json.JsonConvert.SerializeObject(id)));

        var holder = new Holder { Id = id, Ids = [id, default], ById = new() { [id] = 1 } };
        Holder read = Newtonsoft.Json.JsonConvert.DeserializeObject<Holder>(Newtonsoft.Json.JsonConvert.SerializeObject(holder))!;
        Assert.Equal((id, null, 1), (read.Id, read.Maybe, read.ById![id]));
        Assert.Equal(holder.Ids, read.Ids);
    }

    [Fact]
    public void An_id_that_may_be_missing_is_a_string_or_null_in_both_libraries()
    {
        var holder = new Holder { Id = new TaskId("a"), Maybe = new TaskId("b") };
        string newtonsoft = Newtonsoft.Json.JsonConvert.SerializeObject(holder);
        Assert.Equal("""{"Id":"a","Maybe":"b","Ids":null,"ById":null}""", newtonsoft);
        Assert.Equal(newtonsoft, System.Text.Json.JsonSerializer.Serialize(holder));
        Assert.Equal(holder.Maybe, Newtonsoft.Json.JsonConvert.DeserializeObject<Holder>(newtonsoft)!.Maybe);
        Assert.Equal(holder.Maybe, System.Text.Json.JsonSerializer.Deserialize<Holder>(newtonsoft)!.Maybe);
        Assert.Equal("null", Newtonsoft.Json.JsonConvert.SerializeObject((TaskId?)null));
        Assert.Null(Newtonsoft.Json.JsonConvert.DeserializeObject<TaskId?>("null"));
        Assert.Null(System.Text.Json.JsonSerializer.Deserialize<TaskId?>("null"));
    }

    [Fact]
    public void What_one_library_writes_the_other_reads()
    {
        var holder = new Holder { Id = new TaskId("a"), Maybe = new TaskId("m"), Ids = [new TaskId("é😀"), default], ById = new() { [new TaskId("k \"1\"")] = 1, [default] = 2 } };
        foreach (Holder read in (Holder[])
        [
            Newtonsoft.Json.JsonConvert.DeserializeObject<Holder>(System.Text.Json.JsonSerializer.Serialize(holder))!,
            System.Text.Json.JsonSerializer.Deserialize<Holder>(Newtonsoft.Json.JsonConvert.SerializeObject(holder))!,
        ])
        {
            Assert.Equal((holder.Id, holder.Maybe), (read.Id, read.Maybe));
            Assert.Equal(holder.Ids, read.Ids);
            Assert.Equal(holder.ById, read.ById);
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"Value\":\"a\"}")]
    [InlineData("[\"a\"]")]
    public void What_is_no_id_is_a_JsonException_of_Newtonsoft_Json(string json) =>
        Assert.ThrowsAny<Newtonsoft.Json.JsonException>(() => Newtonsoft.Json.JsonConvert.DeserializeObject<TaskId>(json));

    [Fact]
    public void An_id_is_converted_by_its_type_converter_as_configuration_binding_does()
    {
        System.ComponentModel.TypeConverter converter = System.ComponentModel.TypeDescriptor.GetConverter(typeof(TaskId));
        Assert.Equal(new TaskId("a"), converter.ConvertFromInvariantString("a"));
        Assert.Equal("a", converter.ConvertToInvariantString(new TaskId("a")));
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" é😀 ")]
    public void A_text_is_parsed_to_the_letter(string text)
    {
        Assert.Equal(text, TaskId.Parse(text, null).Value);
        Assert.Equal(text, TaskId.Parse(text.AsSpan(), null).Value);
        Assert.Equal(text, ParsedAs<TaskId>(text).ToString());
        Assert.True(TaskId.TryParse(text, null, out TaskId id));
        Assert.Equal(text, id.Value);
        Assert.True(TaskId.TryParse(text.AsSpan(), null, out id));
        Assert.Equal(text, id.Value);
    }

    [Fact]
    public void A_text_that_is_no_id_is_not_parsed()
    {
        foreach (string text in (string[])["", "\ud83d", "a\ude00b", new string('a', 256), new string('é', 128)])
        {
            Assert.Throws<FormatException>(() => TaskId.Parse(text, null));
            Assert.Throws<FormatException>(() => TaskId.Parse(text.AsSpan(), null));
            Assert.False(TaskId.TryParse(text, null, out TaskId id));
            Assert.Equal(default, id);
            Assert.False(TaskId.TryParse(text.AsSpan(), null, out id));
            Assert.Equal(default, id);
        }

        Assert.Throws<ArgumentNullException>(() => TaskId.Parse(null!, null));
        Assert.False(TaskId.TryParse(null, null, out TaskId none));
        Assert.Equal(default, none);
    }

    private static T ParsedAs<T>(string text)
        where T : IParsable<T> => T.Parse(text, null);

    private sealed class Holder
    {
        public TaskId Id { get; set; }

        public TaskId? Maybe { get; set; }

        public List<TaskId>? Ids { get; set; }

        public Dictionary<TaskId, int>? ById { get; set; }
    }
}

using BrokerQueues.Broker.Wire;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Broker.Tests.Wire;

#pragma warning disable CA1819, CA2227, CA1812, CA1822, CA1034, CA1065 // Directives as users write them.

/// <summary>JSON that is held as JSON arrives as the JSON that it was; what code of the user says stays unsaid.</summary>
public sealed class DirectiveTokenTests
{
    private static T Sent<T>(T directive)
        where T : TaskDirective => (T)DirectiveJson.Read(DirectiveJson.Write(directive), typeof(T))!;

    private static DirectiveRefusedException Refused(TaskDirective directive) => Assert.Throws<DirectiveRefusedException>(() => DirectiveJson.Write(directive));

    [Fact]
    public void Tokens_arrive_as_what_they_write()
    {
        Assert.Equal("2024-01-01T00:00:00Z", (string?)Sent(new Settable<JObject> { Value = JObject.Parse("{\"At\":\"2024-01-01T00:00:00Z\"}") }).Value!["At"]);
        var made = JObject.FromObject(new { Id = Guid.NewGuid(), At = DateTime.UtcNow, Moment = DateTimeOffset.Now, Span = TimeSpan.FromSeconds(5), Real = 0.1f, Large = 16777217f, Five = 5m, Cents = 1.50m, Link = new Uri("http://host/a"), Bytes = new byte[] { 1 }, None = (string?)null });
        JObject read = Sent(new Settable<JObject> { Value = made }).Value!;
        Assert.Equal((Guid)made["Id"]!, (Guid)read["Id"]!);
        Assert.Equal((5m, 1.5m), ((decimal)read["Five"]!, (decimal)read["Cents"]!));
        Assert.Equal(TimeSpan.FromSeconds(5), (TimeSpan)read["Span"]!);
        Assert.Null(Sent(new Settable<JToken> { Value = JValue.CreateNull() }).Value);
        Assert.Single(Sent(new Settable<List<JToken>> { Value = [JValue.CreateNull()] }).Value!);
    }

    [Fact]
    public void A_token_of_which_another_number_would_arrive_is_refused()
    {
        Assert.Equal("Value", Refused(new Settable<JToken> { Value = new JValue(0.1234567890123456789012345m) }).Place);
    }

    [Fact]
    public void A_hidden_getter_that_throws_is_refused_without_what_it_says()
    {
        DirectiveRefusedException refused = Refused(new Hiding { Value = 1 });
        Assert.Equal("Value", refused.Place);
        Assert.Contains(nameof(FormatException), refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    public class HidingBase : TaskDirective
    {
        public int Value => throw new FormatException("secret");
    }

    public sealed class Hiding : HidingBase
    {
        public new int Value { get; set; }
    }
}

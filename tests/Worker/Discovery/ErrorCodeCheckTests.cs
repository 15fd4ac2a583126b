using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;

namespace BrokerQueues.Worker.Tests.Discovery;

public sealed class ErrorCodeCheckTests
{
    private static string? Mistake(string? code, params IErrorCodeProvider[] providers) =>
        new ErrorCodeCheck([new HttpErrorCodes(), new SqlErrorCodes(), new HResultErrorCodes(), .. providers]).FindMistake(code);

    [Theory]
    [InlineData("http:100")]
    [InlineData("http:429")]
    [InlineData("HTTP:599")]
    [InlineData("http:5xx")]
    [InlineData("Http:4XX")]
    [InlineData("sql:40001")]
    [InlineData("SQL:40p01")]
    [InlineData("sql:HY000")]
    [InlineData("hresult:0x80070005")]
    [InlineData("HRESULT:0X8007000a")]
    public void A_code_that_can_occur_is_fine(string code) => Assert.Null(Mistake(code));

    [Theory]
    [InlineData(null, "write kind and code")]
    [InlineData("", "write kind and code")]
    [InlineData("429", "write kind and code")]
    [InlineData(":429", "write kind and code")]
    [InlineData("http:", "write kind and code")]
    [InlineData("http:abc", "from 100 to 599")]
    [InlineData("http:99", "from 100 to 599")]
    [InlineData("http:600", "from 100 to 599")]
    [InlineData("http:0xx", "\"http:5xx\"")]
    [InlineData("http:6xx", "\"http:5xx\"")]
    [InlineData("http:50x", "\"http:5xx\"")]
    [InlineData("http:5x", "\"http:5xx\"")]
    [InlineData("http:5**", "\"http:5xx\"")]
    [InlineData("http: 429", "\"http:429\"")]
    [InlineData("http:429\n", "\"http:429\"")]
    [InlineData("http:４２９", "\"http:429\"")]
    [InlineData(" http:429", "kind ' http'")]
    [InlineData("sql:4000", "SQLSTATE")]
    [InlineData("sql:400011", "SQLSTATE")]
    [InlineData("sql:deadlock", "SQLSTATE")]
    [InlineData("hresult:5", "eight hexadecimal digits")]
    [InlineData("hresult:80070005", "eight hexadecimal digits")]
    [InlineData("hresult:0x8007000G", "eight hexadecimal digits")]
    [InlineData("htp:500", "nothing gives codes of the kind 'htp'. Known kinds are hresult, http, sql")]
    [InlineData("erp:E17", "register an IErrorCodeProvider")]
    public void A_code_that_cannot_occur_is_a_mistake_that_says_what_to_write(string? code, string advice)
    {
        string mistake = Mistake(code)!;
        Assert.NotNull(mistake);
        Assert.Contains(advice, mistake, StringComparison.Ordinal);
    }

    /// <summary>SQL Server's errors are numbers, and a provider of the user's may give them as such.</summary>
    [Fact]
    public void What_the_codes_of_a_users_provider_look_like_is_theirs_to_say()
    {
        Assert.Null(Mistake("sql:1205", new OfKinds("sql")));
        Assert.NotNull(Mistake("sql:1205", new OfKinds("erp")));
    }

    [Fact]
    public void The_kinds_of_a_users_provider_are_known()
    {
        Assert.Null(Mistake("ERP:E17", new OfKinds("erp")));
        Assert.Contains("Known kinds are erp, hresult", Mistake("htp:500", new OfKinds("erp")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_users_provider_that_does_not_name_its_kinds_may_know_any()
    {
        Assert.Null(Mistake("htp:500", new OfKinds(null)));
        Assert.Null(Mistake("htp:500", new Throwing()));
        Assert.Null(Mistake("sql:1205", new OfKinds(null)));
    }

    private sealed class OfKinds(string? kind) : IErrorCodeProvider
    {
        public IEnumerable<string>? Kinds => kind is null ? null : [kind];

        public IEnumerable<string> GetErrorCodes(Exception exception) => [];
    }

    private sealed class Throwing : IErrorCodeProvider
    {
        public IEnumerable<string> Kinds => throw new InvalidOperationException("from Kinds");

        public IEnumerable<string> GetErrorCodes(Exception exception) => [];
    }
}

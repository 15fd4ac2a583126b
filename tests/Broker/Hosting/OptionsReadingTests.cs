using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BrokerQueues.Broker.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Tests.Hosting;

/// <summary>What stands in the section <c>BrokerQueues</c>: what is read, and what is told of what cannot be.</summary>
public sealed class OptionsReadingTests
{
    private static ServiceProvider Services(string json, Func<IConfiguration, IConfiguration>? within = null)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        return new ServiceCollection().AddBrokerQueues(within is null ? configuration : within(configuration)).Services.BuildServiceProvider();
    }

    private static BrokerQueuesOptions Read(string section)
    {
        using ServiceProvider services = Services($$"""{ "BrokerQueues": {{section}} }""");
        return services.GetRequiredService<IOptions<BrokerQueuesOptions>>().Value;
    }

    private static string[] Mistakes(string section) => [.. Assert.ThrowsAny<OptionsValidationException>(() => Read(section)).Failures];

    [Fact]
    public void All_that_can_be_set_is_read()
    {
        BrokerQueuesOptions options = Read("""
            {
              "uri": "amqps://u:p@h/v", "Hosts": ["a", "b:1"], "VirtualHost": "w", "UserName": "n", "Password": "s", "Authentication": "plain",
              "Prefix": "dev.", "NodeId": "n1", "ApplicationName": "app", "PublishTimeout": "00:00:07.5", "MaxBodySize": 7, "MaxOutstandingConfirms": "8",
              "DeclareTopology": false, "Heartbeat": " 00:00:09 ", "MaxReconnectDelay": "00:01:00",
              "Tls": { "Enabled": true, "ServerName": "name", "RevocationMode": "Online", "Protocols": "Tls12,Tls13" },
              "Worker": { "MaxTotalConcurrency": 3 }
            }
            """);
        Assert.Equal((new Uri("amqps://u:p@h/v"), "w", "n", "s", AuthenticationMechanism.Plain), (options.Uri, options.VirtualHost, options.UserName, options.Password, options.Authentication));
        Assert.Equal(["a", "b:1"], options.Hosts);
        Assert.Equal(("dev.", "n1", "app", false), (options.Prefix, options.NodeId, options.ApplicationName, options.DeclareTopology));
        Assert.Equal((TimeSpan.FromSeconds(7.5), TimeSpan.FromSeconds(9), TimeSpan.FromMinutes(1)), (options.PublishTimeout, options.Heartbeat, options.MaxReconnectDelay));
        Assert.Equal((7, 8), (options.MaxBodySize, options.MaxOutstandingConfirms));
        Assert.Equal((true, "name", X509RevocationMode.Online, SslProtocols.Tls12 | SslProtocols.Tls13), (options.Tls.Enabled, options.Tls.ServerName, options.Tls.RevocationMode, options.Tls.Protocols));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{ "Uri": null, "Hosts": null, "Tls": null, "MaxBodySize": null, "Prefix": null, "Heartbeat": null, "Authentication": null }""")]
    [InlineData("""{ "Hosts": [], "Tls": {} }""")]
    [InlineData("""{ "Hosts": "", "Tls": { "Enabled": "" }, "Worker": "" }""")]
    public void What_is_null_or_empty_is_left_at_its_default(string section)
    {
        BrokerQueuesOptions options = Read(section);
        Assert.False(options.IsUriGiven);
        Assert.Empty(options.Hosts);
        Assert.Equal((1024 * 1024, "", TimeSpan.FromSeconds(10)), (options.MaxBodySize, options.Prefix, options.Heartbeat));
        Assert.Null(options.Tls.Enabled);
    }

    [Theory]
    [InlineData("""{ "Ur": "amqp://u:s3cret@h" }""", "BrokerQueues:Ur: there is no such option. Did you mean 'Uri'?")]
    [InlineData("""{ "Host": "s3cret" }""", "BrokerQueues:Host: there is no such option. Did you mean 'Hosts'?")]
    [InlineData("""{ "Pasword": "s3cret" }""", "BrokerQueues:Pasword: there is no such option. Did you mean 'Password'?")]
    [InlineData("""{ "Wroker": { "MaxTotalConcurrency": 3 } }""", "BrokerQueues:Wroker: there is no such option. Did you mean 'Worker'?")]
    [InlineData("""{ "CaFile": "x" }""", "BrokerQueues:CaFile: there is no such option. Write it as BrokerQueues:Tls:CaFile.")]
    [InlineData("""{ "Tls": { "CAFil": "x" } }""", "BrokerQueues:Tls:CAFil: there is no such option. Did you mean 'CaFile'?")]
    [InlineData("""{ "Tls": { "Password": "s3cret" } }""", "BrokerQueues:Tls:Password: there is no such option. Write it as BrokerQueues:Password.")]
    [InlineData("""{ "Tls": "s3cret" }""", "BrokerQueues:Tls has a value of its own. It is a section: write BrokerQueues:Tls:Enabled and the like.")]
    [InlineData("\"amqp://u:s3cret@h\"", "BrokerQueues has a value of its own. It is a section: write BrokerQueues:Uri and the like.")]
    [InlineData("""{ "Uri": ["amqp://u:s3cret@h"] }""", "BrokerQueues:Uri:0: BrokerQueues:Uri is one value, no section and no list. Write the value itself.")]
    [InlineData("""{ "Heartbeat": { "Seconds": 5 } }""", "BrokerQueues:Heartbeat:Seconds: BrokerQueues:Heartbeat is one value, no section and no list. Write the value itself.")]
    [InlineData("""{ "MaxBodySize": "ten" }""", "BrokerQueues:MaxBodySize is \"ten\"; write a whole number, such as 10.")]
    [InlineData("""{ "MaxBodySize": "" }""", "BrokerQueues:MaxBodySize is \"\"; write a whole number, such as 10.")]
    [InlineData("""{ "MaxBodySize": 1.5 }""", "BrokerQueues:MaxBodySize is \"1.5\"; write a whole number, such as 10.")]
    [InlineData("""{ "MaxBodySize": 99999999999 }""", "BrokerQueues:MaxBodySize is \"99999999999\"; write a whole number, such as 10.")]
    [InlineData("""{ "DeclareTopology": "no" }""", "BrokerQueues:DeclareTopology is \"no\"; write true or false.")]
    [InlineData("""{ "Tls": { "Enabled": "on" } }""", "BrokerQueues:Tls:Enabled is \"on\"; write true or false.")]
    [InlineData("""{ "Authentication": "Extern" }""", "BrokerQueues:Authentication is \"Extern\"; write Plain or External.")]
    [InlineData("""{ "Authentication": "7" }""", "BrokerQueues:Authentication is \"7\"; write Plain or External.")]
    [InlineData("""{ "Authentication": "Plain,External" }""", "BrokerQueues:Authentication is \"Plain,External\"; write Plain or External.")]
    [InlineData("""{ "Tls": { "Protocols": "Tls12,Tls14" } }""", "BrokerQueues:Tls:Protocols is \"Tls12,Tls14\"; write None, Tls12 or Tls13.")]
    [InlineData("""{ "Heartbeat": "5 s" }""", "BrokerQueues:Heartbeat is \"5 s\"; write hours, minutes and seconds, with days before a dot where needed, such as \"00:00:05\" or \"5.00:00:00\".")]
    [InlineData("""{ "PublishTimeout": 30 }""", "BrokerQueues:PublishTimeout is \"30\", which means 30 days. Write hours, minutes and seconds, with days before a dot where needed, such as \"00:00:05\" or \"5.00:00:00\".")]
    [InlineData("""{ "PublishTimeout": "00:30" }""", "BrokerQueues:PublishTimeout is \"00:30\", which means 00:30:00. Write hours, minutes and seconds, with days before a dot where needed, such as \"00:00:05\" or \"5.00:00:00\".")]
    public void What_cannot_be_read_is_told_by_its_path_with_what_to_write_instead(string section, string told)
    {
        var exception = Assert.ThrowsAny<OptionsValidationException>(() => Read(section));
        Assert.Equal([told], exception.Failures);
        Assert.DoesNotContain("s3cret", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_like_no_option_is_told_with_all_that_there_are()
    {
        string mistake = Assert.Single(Mistakes("""{ "ConnectionString": "amqp://h" }"""));
        Assert.StartsWith("BrokerQueues:ConnectionString: there is no such option. Its options are 'ApplicationName', 'Authentication', ", mistake, StringComparison.Ordinal);
        Assert.EndsWith("'Uri', 'UserName', 'VirtualHost', 'Worker'.", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void The_path_is_that_of_the_configuration_as_it_was_given()
    {
        using ServiceProvider services = Services("""{ "Apps": { "One": { "BrokerQueues": { "Ur": "x" } } } }""", configuration => configuration.GetSection("Apps:One"));
        var exception = Assert.ThrowsAny<OptionsValidationException>(() => services.GetRequiredService<IOptions<BrokerQueuesOptions>>().Value);
        Assert.Equal(["Apps:One:BrokerQueues:Ur: there is no such option. Did you mean 'Uri'?"], exception.Failures);
    }

    [Fact]
    public void The_exception_lists_all_that_is_wrong_each_on_a_line_of_its_own()
    {
        var exception = Assert.ThrowsAny<OptionsValidationException>(() => Read("""{ "Ur": "x", "MaxBodySize": 0, "Heartbeat": "5 s" }"""));
        string[] lines = exception.ToString().Split(Environment.NewLine);
        Assert.EndsWith(": The options of BrokerQueues have 3 mistake(s).", lines[0], StringComparison.Ordinal);
        Assert.Equal("  - BrokerQueues:MaxBodySize is 0; it must be from 1 to 16777216.", lines[3]);
        Assert.All(lines[1..4], line => Assert.StartsWith("  - BrokerQueues:", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_that_only_publishes_does_not_start_with_a_misspelt_option()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["BrokerQueues:Ur"] = "amqp://h" });
        builder.Services.AddBrokerQueues(builder.Configuration);
        using IHost host = builder.Build();
        var exception = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("BrokerQueues:Ur: there is no such option. Did you mean 'Uri'?", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00:00:05", 5)]
    [InlineData("0:00:05", 5)]
    [InlineData("00:00:00.25", 0.25)]
    [InlineData("1.02:00:00", 93_600)]
    [InlineData("23:59:59", 86_399)]
    [InlineData("0", 0)]
    public void Times_are_hours_minutes_and_seconds(string text, double seconds)
    {
        Assert.True(TimeText.TryRead(text, out TimeSpan time));
        Assert.Equal(TimeSpan.FromSeconds(seconds), time);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("24:00:00")]
    [InlineData("00:05")]
    [InlineData("00:00:60")]
    [InlineData("1:2:3:4")]
    [InlineData("5s")]
    [InlineData("")]
    public void What_dotnet_reads_in_days_or_not_at_all_is_no_time(string text) => Assert.False(TimeText.TryRead(text, out _));
}

using BrokerQueues.Broker.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Tests.Hosting;

public sealed class BrokerQueuesOptionsValidatorTests
{
    private static ValidateOptionsResult Validate(Action<BrokerQueuesOptions> change)
    {
        var options = new BrokerQueuesOptions();
        change(options);
        return new BrokerQueuesOptionsValidator().Validate(null, options);
    }

    public static TheoryData<Action<BrokerQueuesOptions>, string> Wrong => new()
    {
        { options => options.Uri = null!, "Uri" },
        { options => options.Uri = new Uri("http://localhost"), "Uri" },
        { options => options.Uri = new Uri("relative", UriKind.Relative), "Uri" },
        { options => options.Prefix = new string('p', 61), "Prefix" },
        { options => options.Prefix = new string('é', 31), "Prefix" },
        { options => options.Prefix = "amq.x", "Prefix" },
        { options => options.Hosts = ["a:b:c@d"], "Hosts[0]" },
        { options => options.Tls = null!, "Tls" },
        { options => options.Tls.ServerName = "broker", "Tls" },
        { options => options.Tls.CertificatePassword = "s3cret", "Tls" },
        { options => { options.Tls.CaFile = ""; options.Tls.CertificateFile = "/client.pem"; }, "Tls" },
        { options => options.Tls.Protocols = System.Security.Authentication.SslProtocols.Tls13, "Tls" },
        { options => { options.Uri = new Uri("amqps://host"); options.Tls.Enabled = false; }, "Uri begins with amqps://, which is TLS, and Tls:Enabled is false." },
        { options => UseTls(options).CertificateKeyFile = typeof(BrokerQueuesOptions).Assembly.Location, "Tls:CertificateFile is not set," },
        { options => UseTls(options).CertificatePassword = "s3cret", "Tls:CertificateFile is not set," },
        { options => UseTls(options).CaFile = "/missing.pem", "Tls:CaFile" },
        { options => UseTls(options).CertificateFile = "/missing.pem", "Tls:CertificateFile" },
        { options => UseTls(options).CaFile = typeof(BrokerQueuesOptions).Assembly.Location, "Tls:CaFile," },
        { options => UseTls(options).CertificateFile = typeof(BrokerQueuesOptions).Assembly.Location, "Tls:CertificateFile" },
        { options => options.Authentication = AuthenticationMechanism.External, "Authentication" },
        { options => options.Authentication = (AuthenticationMechanism)7, "Authentication" },
        { options => options.NodeId = "", "NodeId" },
        { options => options.NodeId = new string('n', 61), "NodeId" },
        { options => options.NodeId = "node\ud83d", "NodeId" },
        { options => options.Prefix = "p\ude00", "Prefix" },
        { options => options.ApplicationName = "\ud83d shop", "ApplicationName" },
        { options => options.PublishTimeout = TimeSpan.FromMilliseconds(99), "PublishTimeout" },
        { options => options.PublishTimeout = TimeSpan.FromMinutes(61), "PublishTimeout" },
        { options => options.PublishTimeout = Timeout.InfiniteTimeSpan, "PublishTimeout" },
        { options => options.Heartbeat = TimeSpan.FromMilliseconds(999), "Heartbeat" },
        { options => options.Heartbeat = TimeSpan.FromSeconds(61), "Heartbeat" },
        { options => options.MaxReconnectDelay = TimeSpan.FromMilliseconds(99), "MaxReconnectDelay" },
        { options => options.MaxReconnectDelay = TimeSpan.FromMinutes(11), "MaxReconnectDelay" },
        { options => options.MaxBodySize = 0, "MaxBodySize" },
        { options => options.MaxBodySize = 16 * 1024 * 1024 + 1, "MaxBodySize" },
        { options => options.MaxOutstandingConfirms = 0, "MaxOutstandingConfirms" },
        { options => options.MaxOutstandingConfirms = 10_001, "MaxOutstandingConfirms" },
    };

    private static TlsOptions UseTls(BrokerQueuesOptions options)
    {
        options.Tls.Enabled = true;
        return options.Tls;
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_option_is_named_with_its_section(Action<BrokerQueuesOptions> change, string option)
    {
        string failure = Assert.Single(Validate(change).Failures!);
        Assert.StartsWith($"BrokerQueues:{option} ", failure, StringComparison.Ordinal);
    }

    public static TheoryData<Action<BrokerQueuesOptions>> Right =>
    [
        _ => { },
        options => options.Uri = new Uri("amqps://user:secret@host:5671/vhost"),
        options => { options.Uri = new Uri("amqps://host"); options.Tls.Enabled = true; },
        options => { options.Uri = new Uri("amqp://host"); options.Tls.Enabled = false; options.Tls.CaFile = "/of-production.pem"; },
        options => options.Prefix = new string('p', 60),
        options => options.Prefix = null!,
        options => options.NodeId = new string('n', 60),
        options => options.PublishTimeout = TimeSpan.FromHours(1),
        options => options.PublishTimeout = TimeSpan.FromMilliseconds(100),
        options => options.Heartbeat = TimeSpan.FromSeconds(1),
        options => options.Heartbeat = TimeSpan.FromSeconds(60),
        options => options.MaxBodySize = 16 * 1024 * 1024,
        options => options.MaxBodySize = 1,
        options => options.MaxOutstandingConfirms = 10_000,
        options => options.MaxReconnectDelay = TimeSpan.FromMinutes(10),
    ];

    [Theory]
    [MemberData(nameof(Right))]
    public void The_defaults_and_the_ends_of_each_range_are_fine(Action<BrokerQueuesOptions> change) => Assert.True(Validate(change).Succeeded);

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        ValidateOptionsResult result = Validate(options =>
        {
            options.Uri = null!;
            options.NodeId = "";
            options.MaxBodySize = -1;
            options.Heartbeat = TimeSpan.Zero;
        });
        Assert.Equal(4, result.Failures!.Count());
        Assert.Contains("MaxBodySize is -1; it must be from 1 to 16777216.", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void No_failure_shows_the_password() =>
        Assert.DoesNotContain("secret", Validate(options => options.Uri = new Uri("http://user:secret@host")).FailureMessage, StringComparison.Ordinal);

    [Fact]
    public void The_section_BrokerQueues_is_read_and_checked()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["BrokerQueues:Uri"] = "amqp://user:secret@host/v",
                ["BrokerQueues:Prefix"] = "dev.",
                ["BrokerQueues:Heartbeat"] = "00:00:05",
                ["BrokerQueues:MaxBodySize"] = "0",
            })
            .Build();
        using ServiceProvider services = new ServiceCollection().AddBrokerQueues(configuration).Services.BuildServiceProvider();
        var exception = Assert.ThrowsAny<OptionsValidationException>(() => services.GetRequiredService<IOptions<BrokerQueuesOptions>>().Value);
        Assert.Equal(["BrokerQueues:MaxBodySize is 0; it must be from 1 to 16777216."], exception.Failures);
    }

    [Fact]
    public void Options_set_in_code_are_used()
    {
        using ServiceProvider services = new ServiceCollection().AddBrokerQueues(options => options.Prefix = "dev.").Services.BuildServiceProvider();
        Assert.Equal("dev.", services.GetRequiredService<IOptions<BrokerQueuesOptions>>().Value.Prefix);
        Assert.Equal("dev.orders", services.GetRequiredService<BrokerQueues.Broker.Topology.BrokerNames>().Queue("orders"));
    }

    [Theory]
    [InlineData("amqp://user:s3cret@host:99999/")]
    [InlineData("amqp://user:s3/cret@host/")]
    [InlineData("amqp://user:12?s3cret@host/")]
    [InlineData(":s3cret")]
    public void A_configured_uri_that_cannot_be_read_is_told_without_its_password(string uri)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["BrokerQueues:Uri"] = uri }).Build();
        using ServiceProvider services = new ServiceCollection().AddBrokerQueues(configuration).Services.BuildServiceProvider();
        var exception = Assert.ThrowsAny<OptionsValidationException>(() => services.GetRequiredService<IOptions<BrokerQueuesOptions>>().Value);
        Assert.StartsWith("BrokerQueues:Uri ", Assert.Single(exception.Failures), StringComparison.Ordinal);
        Assert.DoesNotContain("cret", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BrokerQueues:Hosts", "a:1, b", null, null)]
    [InlineData("BrokerQueues:Hosts:0", "a:1", "BrokerQueues:Hosts:1", "b")]
    public void Hosts_are_read_as_a_list_and_as_one_text(string key, string value, string? secondKey, string? secondValue)
    {
        var settings = new Dictionary<string, string?> { [key] = value, ["brokerqueues:tls:protocols"] = "Tls12, Tls13", ["BrokerQueues:Tls:Enabled"] = "true" };
        if (secondKey is not null)
        {
            settings[secondKey] = secondValue;
        }

        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        using ServiceProvider services = new ServiceCollection().AddBrokerQueues(configuration).Services.BuildServiceProvider();
        BrokerQueuesOptions options = services.GetRequiredService<IOptions<BrokerQueuesOptions>>().Value;
        Assert.Equal(["a:1", "b"], options.Hosts);
        Assert.Equal(System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13, options.Tls.Protocols);
    }

    [Fact]
    public void Options_follow_their_configuration()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["BrokerQueues:Password"] = "old" }).Build();
        using ServiceProvider services = new ServiceCollection().AddBrokerQueues(configuration).Services.BuildServiceProvider();
        var options = services.GetRequiredService<IOptionsMonitor<BrokerQueuesOptions>>();
        Assert.Equal("old", options.CurrentValue.Password);
        configuration["BrokerQueues:Password"] = "new";
        configuration.Reload();
        Assert.Equal("new", options.CurrentValue.Password);
    }
}

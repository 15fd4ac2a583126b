using BrokerQueues.Broker.Connection;

namespace BrokerQueues.Broker.Tests.Connection;

public sealed class BrokerAddressTests
{
    private static BrokerAddress Read(Action<BrokerQueuesOptions> change)
    {
        var options = new BrokerQueuesOptions();
        change(options);
        var errors = new List<string>();
        Assert.True(BrokerAddress.TryRead(options, errors, out BrokerAddress? address), string.Join(' ', errors));
        return address;
    }

    private static string Errors(Action<BrokerQueuesOptions> change)
    {
        var options = new BrokerQueuesOptions();
        change(options);
        var errors = new List<string>();
        Assert.False(BrokerAddress.TryRead(options, errors, out _));
        return string.Join(' ', errors);
    }

    [Theory]
    [InlineData("amqp://h", "h:5672", "/", "guest", "guest")]
    [InlineData("amqp://h/", "h:5672", "/", "guest", "guest")]
    [InlineData("amqps://h", "h:5671", "/", "guest", "guest")]
    [InlineData("amqp://u:p@h:1234/v", "h:1234", "v", "u", "p")]
    [InlineData("amqp://u:p:q@h/%2Fv%40", "h:5672", "/v@", "u", "p:q")]
    [InlineData("amqp://u%40x:p%2Fq%3F%23@h/", "h:5672", "/", "u@x", "p/q?#")]
    [InlineData("amqp://u@h/", "h:5672", "/", "u", "guest")]
    [InlineData("amqp://u:@h/", "h:5672", "/", "u", "")]
    [InlineData("amqp://[::1]:5673/v", "[::1]:5673", "v", "guest", "guest")]
    public void A_uri_is_read(string uri, string host, string virtualHost, string user, string password)
    {
        BrokerAddress address = Read(options => options.Uri = new Uri(uri));
        Assert.Equal(host, Assert.Single(address.Hosts).ToString());
        Assert.Equal((virtualHost, user, password), (address.VirtualHost, address.Credentials.UserName, address.Credentials.Password));
        Assert.Equal(uri.StartsWith("amqps", StringComparison.Ordinal), address.IsTls);
    }

    [Theory]
    [InlineData("amqp://u:s3/cret@h/")]
    [InlineData("amqp://u:12/s3cret@h/")]
    [InlineData("amqp://u:12?s3cret@h/")]
    [InlineData("amqp://u:12#s3cret@h/")]
    [InlineData("amqp://u:s3cret@h/a/b")]
    [InlineData("amqp://u:s3cret@h/v?heartbeat=10")]
    [InlineData("http://u:s3cret@h/")]
    [InlineData("s3cret")]
    public void What_is_no_uri_of_a_broker_is_refused_without_being_quoted(string uri)
    {
        string errors = Errors(options => options.Uri = Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) ? parsed : null!);
        Assert.Contains("Uri", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://u:s3cret@h:15672/", "What begins with http is the address of the management UI as a rule")]
    [InlineData("rabbit:5672", "Where it begins with a host, put amqp:// before it")]
    [InlineData("rabbitmq://h", "Where it begins with a host, put amqp:// before it")]
    [InlineData("amqp:///v", "It has no host.")]
    public void A_uri_that_is_none_of_a_broker_is_told_with_what_was_probably_meant(string uri, string told) =>
        Assert.Contains(told, Errors(options => options.Uri = new Uri(uri)), StringComparison.Ordinal);

    [Fact]
    public void Where_nobody_says_where_the_broker_is_the_address_is_the_default_and_with_tls_its_port_too()
    {
        Assert.True(Read(_ => { }).IsDefault);
        Assert.False(Read(options => options.Uri = new Uri("amqp://guest:guest@localhost:5672/")).IsDefault);
        Assert.False(Read(options => options.Hosts = ["a"]).IsDefault);
        Assert.Equal("localhost:5671", Read(options => options.Tls.Enabled = true).Hosts[0].ToString());
        Assert.Equal("h:5672", Read(options => { options.Uri = new Uri("amqp://h:5672"); options.Tls.Enabled = true; }).Hosts[0].ToString());
    }

    [Fact]
    public void Hosts_go_before_the_host_of_the_uri()
    {
        BrokerAddress address = Read(options =>
        {
            options.Uri = new Uri("amqp://u:p@ignored:1/v");
            options.Hosts = ["a", " b:2 ", "::1", "[::1]:3", "10.0.0.1", "a"];
        });
        Assert.Equal(["a:5672", "b:2", "[::1]:5672", "[::1]:3", "10.0.0.1:5672"], address.Hosts.Select(host => host.ToString()));
        Assert.Equal("v", address.VirtualHost);
    }

    [Fact]
    public void With_tls_a_host_without_a_port_has_that_of_tls()
    {
        BrokerAddress address = Read(options =>
        {
            options.Hosts = ["a"];
            options.Tls.Enabled = true;
        });
        Assert.Equal("a:5671", address.Hosts[0].ToString());
    }

    [Theory]
    [InlineData("", "is empty.")]
    [InlineData("a b", "seems to have several hosts in it.")]
    [InlineData("a;b", "seems to have several hosts in it.")]
    [InlineData("a,b", "seems to have several hosts in it.")]
    [InlineData("a:x", "has a port that is no number from 1 to 65535")]
    [InlineData("a:0", "has a port that is no number from 1 to 65535")]
    [InlineData("a:70000", "has a port that is no number from 1 to 65535")]
    [InlineData("u:s3cret@a", "has an '@'. User and password belong into Uri, or UserName and Password.")]
    [InlineData("amqp://u:s3cret@a", "is a whole URI.")]
    [InlineData("a/orders", "has more than a host and its port. The virtual host belongs into VirtualHost.")]
    [InlineData(null, "is empty.")]
    public void What_is_no_host_is_refused_by_its_place_and_not_quoted(string? host, string told)
    {
        string errors = Errors(options => options.Hosts = ["fine", host!]);
        Assert.StartsWith($"Hosts[1] {told}", errors, StringComparison.Ordinal);
        Assert.EndsWith(" Write a host name or address with or without a port, such as rabbit-1:5672 or [::1]:5672.", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void User_password_and_virtual_host_go_before_those_of_the_uri()
    {
        BrokerAddress address = Read(options =>
        {
            options.Uri = new Uri("amqp://u:p@h/v");
            options.UserName = "other";
            options.Password = "secret";
            options.VirtualHost = "w";
        });
        Assert.Equal(("w", "other", "secret"), (address.VirtualHost, address.Credentials.UserName, address.Credentials.Password));
    }

    [Fact]
    public void Credentials_show_only_their_user() => Assert.Equal("u", new BrokerCredentials("u", "s3cret").ToString());
}

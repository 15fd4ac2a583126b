using System.Security.Authentication;
using BrokerQueues.Broker;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Integration.Tests;

/// <summary>TLS as production does it, against real listeners of the broker.</summary>
public sealed class TlsTests(TlsListeners listeners) : BrokerTest, IClassFixture<TlsListeners>
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Theory]
    [InlineData("localhost", SslProtocols.None)]
    [InlineData("127.0.0.1", SslProtocols.Tls12)]
    [InlineData("localhost", SslProtocols.Tls13)]
    public async Task A_certificate_of_the_right_authority_and_name_is_accepted(string host, SslProtocols protocols)
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options =>
        {
            Reach(options, host, listeners.Good);
            options.Tls.Protocols = protocols;
        });
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
        Assert.True(node.Log.Contains("by TLS, virtual host '/'"), string.Join(Environment.NewLine, node.Log.Lines));
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused_and_its_names_are_told()
    {
        string log = await LogOfFailureAsync(options => Reach(options, "localhost", listeners.Other));
        Told("its certificate ('CN=other') is refused: it is for 'other.example', '10.9.8.7', not for 'localhost'", log);
    }

    [Fact]
    public async Task The_name_that_a_certificate_must_have_can_be_set()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options =>
        {
            Reach(options, "localhost", listeners.Other);
            options.Tls.ServerName = "other.example";
        });
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_refused_with_its_date()
    {
        string log = await LogOfFailureAsync(options => Reach(options, "localhost", listeners.Expired));
        Told("'CN=late' has expired, on ", log);
    }

    [Fact]
    public async Task An_authority_that_is_not_in_the_file_is_named()
    {
        string log = await LogOfFailureAsync(options => Reach(options, "localhost", listeners.Stranger));
        Told("its authority 'CN=somebody else' is not in Tls:CaFile", log);
    }

    [Fact]
    public async Task Without_a_file_of_authorities_those_of_the_system_count()
    {
        string log = await LogOfFailureAsync(options =>
        {
            Reach(options, "localhost", listeners.Good);
            options.Tls.CaFile = null;
        });
        Told("its authority 'CN=bq test authority' is unknown here; set Tls:CaFile", log);
    }

    [Fact]
    public async Task A_revocation_that_cannot_be_asked_after_is_refused_where_it_is_demanded()
    {
        string log = await LogOfFailureAsync(options =>
        {
            Reach(options, "localhost", listeners.Good);
            options.Tls.RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.Offline;
        });
        Told("has been revoked cannot be found out (Tls:RevocationMode is Offline)", log);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_certificate_that_is_demanded_and_missing_is_told(SslProtocols protocols)
    {
        string log = await LogOfFailureAsync(options =>
        {
            Reach(options, "localhost", listeners.Demanding);
            options.Tls.Protocols = protocols;
        });
        Told("it demands a client certificate", log);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_certificate_of_an_authority_that_the_broker_does_not_know_is_told(SslProtocols protocols)
    {
        string log = await LogOfFailureAsync(options =>
        {
            Reach(options, "localhost", listeners.Demanding);
            options.Tls.Protocols = protocols;
            options.Tls.CertificateFile = listeners.UnknownClientPfx;
        });
        Told("does not accept the one it was shown", log);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_certificate_names_the_user_by_external(bool pfx)
    {
        using var management = new ManagementApi();
        await management.PutAsync($"users/{TlsListeners.ClientName}", new { password = "", tags = "" });
        await management.PutAsync($"permissions/%2F/{TlsListeners.ClientName}", new { configure = ".*", write = ".*", read = ".*" });
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options =>
        {
            Reach(options, "localhost", listeners.Demanding);
            options.Authentication = AuthenticationMechanism.External;
            options.Tls.CertificateFile = pfx ? listeners.ClientPfx : listeners.ClientPem;
            options.Tls.CertificateKeyFile = pfx ? null : listeners.ClientKey;
            options.Tls.CertificatePassword = pfx ? "sesame" : null;
        });
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
    }

    [Fact]
    public async Task Tls_to_a_port_without_it_is_told()
    {
        string log = await LogOfFailureAsync(options => Reach(options, "localhost", Uri.Port));
        Told("it does not speak TLS there", log);
    }

    [Fact]
    public async Task No_tls_to_a_port_that_wants_it_is_told()
    {
        string log = await LogOfFailureAsync(options => options.Uri = new UriBuilder(Uri) { Port = listeners.Good }.Uri);
        Told("it expects TLS there", log);
    }

    private static void Told(string expected, string log) => Assert.True(log.Contains(expected, StringComparison.Ordinal), log);

    private void Reach(BrokerQueuesOptions options, string host, int port)
    {
        options.Uri = new UriBuilder(Uri) { Scheme = "amqps", Host = host, Port = port }.Uri;
        options.Tls.CaFile = listeners.Own.File;
    }

    /// <summary>What is logged of an attempt that fails; a publish tells the same.</summary>
    private async Task<string> LogOfFailureAsync(Action<BrokerQueuesOptions> options)
    {
        var log = new LogSink();
        using IHost host = CreateHost(
            broker =>
            {
                options(broker);
                broker.PublishTimeout = TimeSpan.FromMilliseconds(100);
            },
            null,
            log);
        ITaskManager tasks = host.Services.GetRequiredService<ITaskManager>();
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => tasks.AddTaskAsync(QueueId, Scripted.TaskType));
        await Eventually.TrueAsync(() => log.Contains("next attempt in"), "the attempt to fail");
        Assert.False(log.Contains("connection open"));
        string first = log.Lines.First(line => line.Contains("next attempt in", StringComparison.Ordinal));
        var exception = await Assert.ThrowsAsync<BrokerUnavailableException>(() => tasks.AddTaskAsync(QueueId, Scripted.TaskType));
        Assert.Contains("cannot connect to ", exception.Message, StringComparison.Ordinal);
        return first;
    }
}

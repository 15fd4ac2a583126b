using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using BrokerQueues.Broker.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// Makes connections: one call tries each address of each host once. Options, certificates and credentials are read anew each time, so that a
/// rotated password or a new list of hosts needs no restart.
/// </summary>
internal sealed class BrokerConnector(
    ConnectionRole role, IOptionsMonitor<BrokerQueuesOptions> options, IBrokerCredentials? credentials, NodeIdentity node, TimeProvider time, ILogger logger,
    OpenConnection? open = null)
{
    /// <summary>How long one of several may take until it has once been found too slow: a host that accepts and is silent must not hold up the others.</summary>
    private static readonly TimeSpan s_oneOfSeveral = TimeSpan.FromSeconds(5);

    private readonly OpenConnection _open = open ?? (static (factory, endpoint, token) => factory.CreateConnectionAsync([endpoint], token));

    // What has failed stands at the end of the next round, the latest last.
    private readonly ConcurrentDictionary<BrokerEndpoint, long> _failedAt = [];
    private readonly ConcurrentDictionary<BrokerEndpoint, bool> _slow = [];
    private BrokerQueuesOptions _lastGood = options.CurrentValue;

    /// <summary>Where it connects to, as far as is known without asking anybody.</summary>
    public string Describe() => TryReadAddress(_lastGood) is { } address ? Describe(string.Join(", ", address.Hosts), address, address.Credentials) : "the broker";

    /// <summary>Tries each once, and returns the first connection.</summary>
    /// <exception cref="ConnectRoundFailedException">None answered as it should; the message says why, host by host.</exception>
    public async Task<BrokerLink> ConnectAsync(CancellationToken cancellationToken)
    {
        BrokerQueuesOptions settings = CurrentOptions();
        BrokerAddress address = TryReadAddress(settings) ?? throw new ConnectRoundFailedException("the options do not say where the broker is");
        BrokerCredentials current = await ReadCredentialsAsync(address, cancellationToken).ConfigureAwait(false);
        var failures = new List<string>();
        List<BrokerEndpoint> endpoints = await ResolveAsync(address, failures, cancellationToken).ConfigureAwait(false);
        foreach (BrokerEndpoint endpoint in endpoints)
        {
            CertificateCheck? check = address.IsTls ? new CertificateCheck(settings.Tls, endpoint.Host.Name, time) : null;
            TimeSpan limit = endpoints.Count > 1 && !_slow.ContainsKey(endpoint) ? s_oneOfSeveral : BrokerCall.Connect;
            try
            {
                IConnection connection = await BrokerCall.WithinAsync(
                    "connecting", limit, time, token => OpenAsync(settings, address, current, endpoint, check, token),
                    late => LeftBehind.Connection(late), cancellationToken).ConfigureAwait(false);
                failures.ForEach(failure => ConnectionLog.HostSkipped(logger, role, failure));
                _slow.TryRemove(endpoint, out _);
                return new BrokerLink(connection, endpoint, Describe(endpoint.ToString(), address, current));
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                MarkFailed(endpoint);
                if (exception is TimeoutException)
                {
                    _slow[endpoint] = true;
                }

                failures.Add($"{endpoint}: {ConnectFailure.Explain(exception, address, current.UserName, check, endpoint.Host.Port)}");
            }
        }

        string isDefault = address.IsDefault
            ? $"; this is the default address: neither {BrokerQueuesOptions.SectionName}:{nameof(settings.Uri)} nor {BrokerQueuesOptions.SectionName}:{nameof(settings.Hosts)} is set"
            : "";
        throw new ConnectRoundFailedException($"{string.Join("; ", failures)} (virtual host '{address.VirtualHost}', user '{current.UserName}'{isDefault})");
    }

    /// <summary>Has the next round try it last.</summary>
    public void MarkFailed(BrokerEndpoint endpoint) => _failedAt[endpoint] = time.GetTimestamp();

    private static BrokerAddress? TryReadAddress(BrokerQueuesOptions options) => BrokerAddress.TryRead(options, [], out BrokerAddress? address) ? address : null;

    private static string Describe(string where, BrokerAddress address, BrokerCredentials credentials) =>
        $"{where}{(address.IsTls ? " by TLS" : "")}, virtual host '{address.VirtualHost}', user '{credentials.UserName}'";

    private BrokerQueuesOptions CurrentOptions()
    {
        try
        {
            return _lastGood = options.CurrentValue;
        }
        catch (OptionsValidationException exception)
        {
            ConnectionLog.OptionsRefused(logger, role, string.Join(' ', exception.Failures));
            return _lastGood;
        }
    }

    private async Task<BrokerCredentials> ReadCredentialsAsync(BrokerAddress address, CancellationToken cancellationToken)
    {
        if (credentials is null)
        {
            return address.Credentials;
        }

        try
        {
            return await BrokerCall.WithinAsync(
                "asking IBrokerCredentials", BrokerCall.Connect, time, AskForCredentialsAsync, abandon: null, cancellationToken).ConfigureAwait(false)
                ?? throw new ConnectRoundFailedException("IBrokerCredentials returned null");
        }
        catch (Exception exception) when (exception is not ConnectRoundFailedException && !cancellationToken.IsCancellationRequested)
        {
            throw new ConnectRoundFailedException($"IBrokerCredentials gave no credentials: {ExceptionText.TypeOf(exception)}: {ExceptionText.MessageOf(exception)}");
        }
    }

    /// <summary>It is the user's code, and may block its thread.</summary>
    private async Task<BrokerCredentials?> AskForCredentialsAsync(CancellationToken cancellationToken)
    {
        BrokerCredentials? given = null;
        await Background.Run(async () => given = await credentials!.GetAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return given;
    }

    /// <summary>
    /// All addresses, hosts in random order, what failed last at the end. Here and not in the client, which tries only the first address of each
    /// family of a name: behind one name may stand a cluster.
    /// </summary>
    private async Task<List<BrokerEndpoint>> ResolveAsync(BrokerAddress address, List<string> failures, CancellationToken cancellationToken)
    {
        BrokerHost[] hosts = [.. address.Hosts];
        Random.Shared.Shuffle(hosts);
        var endpoints = new List<BrokerEndpoint>();
        foreach (BrokerHost host in hosts)
        {
            try
            {
                IPAddress[] addresses = await BrokerCall.WithinAsync(
                    $"resolving {host.Name}", s_oneOfSeveral, time, token => Dns.GetHostAddressesAsync(host.Name, token), abandon: null, cancellationToken).ConfigureAwait(false);
                endpoints.AddRange(addresses.Where(IsUsable).Select(its => new BrokerEndpoint(host, its)));
            }
            catch (Exception exception) when (exception is SocketException or TimeoutException or ArgumentException)
            {
                failures.Add($"{host}: {ConnectFailure.Explain(exception, address, "", check: null)}");
            }
        }

        return [.. endpoints.OrderBy(endpoint => _failedAt.GetValueOrDefault(endpoint))];
    }

    private static bool IsUsable(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? Socket.OSSupportsIPv4 : Socket.OSSupportsIPv6;

    private async Task<IConnection> OpenAsync(
        BrokerQueuesOptions settings, BrokerAddress address, BrokerCredentials current, BrokerEndpoint endpoint, CertificateCheck? check, CancellationToken cancellationToken)
    {
        SslOption ssl = check is null ? ClientSettings.NoTls() : ClientSettings.Tls(settings.Tls, check, ClientCertificate.Read(settings.Tls));
        string name = $"{settings.ApplicationName} {node.NodeId} {(role == ConnectionRole.Publishing ? "publishing" : "consuming")}";
        ConnectionFactory factory = ClientSettings.Factory(address, current, settings.Authentication, name, settings.Heartbeat);
        IConnection connection = await _open(factory, ClientSettings.Endpoint(endpoint, ssl), cancellationToken).ConfigureAwait(false);
        try
        {
            // The client calls a connection open before the broker has agreed to the virtual host; a round trip shows whether it
            // does. Without it a refused connection would be made again at once, a thousand times a second.
            IChannel channel = await connection.CreateChannelAsync(ClientSettings.Asking, cancellationToken).ConfigureAwait(false);
            await channel.CloseAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            // The refusal comes as one of three exceptions, by chance; what the broker said stands here each time.
            ShutdownEventArgs? reason = connection.CloseReason;
            _ = LeftBehind.Connection(connection);
            if (reason is { Initiator: ShutdownInitiator.Peer })
            {
                throw new OperationInterruptedException(reason);
            }

            throw;
        }
    }
}

/// <summary>Opens a connection of the client: TCP, TLS and handshake. Tests put a connection of theirs in its place.</summary>
internal delegate Task<IConnection> OpenConnection(ConnectionFactory factory, AmqpTcpEndpoint endpoint, CancellationToken cancellationToken);

/// <summary>No host could be connected to; the message says why, host by host.</summary>
internal sealed class ConnectRoundFailedException(string message) : Exception(message);

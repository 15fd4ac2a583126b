using System.ComponentModel.DataAnnotations;

namespace BrokerQueues.Broker;

/// <summary>How a program reaches the broker and publishes; the configuration section <c>BrokerQueues</c>.</summary>
public sealed class BrokerQueuesOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "BrokerQueues";

    private Uri _uri = new("amqp://guest:guest@localhost:5672/");

    /// <summary>
    /// The broker: <c>amqp://user:password@host:5672/vhost</c>, or <c>amqps://</c> for TLS; without a path the virtual host is <c>/</c>. What
    /// means something else in a URI is written percent-encoded, <c>%2F</c> for a slash. Default: <c>amqp://guest:guest@localhost:5672/</c>.
    /// </summary>
    [Required]
    public Uri Uri
    {
        get => _uri;
        set
        {
            _uri = value;
            IsUriGiven = true;
        }
    }

    /// <summary>
    /// The nodes of a cluster, each <c>host</c> or <c>host:port</c>; they go before the host and port of <see cref="Uri"/>, whose user, virtual host and
    /// scheme still count. Default: none. Without a port it is 5672, with TLS 5671. Tried in a random order at start and whenever a
    /// connection is lost, the one just lost last; of a name with several addresses each is tried. In configuration also as one
    /// text, separated by commas.
    /// </summary>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>The virtual host. Default: that of <see cref="Uri"/>.</summary>
    public string? VirtualHost { get; set; }

    /// <summary>The user. Default: that of <see cref="Uri"/>. Read anew at each attempt to connect, as are <see cref="Uri"/>, <see cref="Hosts"/>, <see cref="Password"/> and <see cref="Tls"/>.</summary>
    public string? UserName { get; set; }

    /// <summary>The password. Default: that of <see cref="Uri"/>. See <see cref="IBrokerCredentials"/> for one that is in no configuration.</summary>
    public string? Password { get; set; }

    /// <summary>How the program proves who it is. Default: <see cref="AuthenticationMechanism.Plain"/>, user and password.</summary>
    public AuthenticationMechanism Authentication { get; set; } = AuthenticationMechanism.Plain;

    /// <summary>TLS to the broker.</summary>
    public TlsOptions Tls { get; set; } = new();

    /// <summary>Put before every name on the broker, so that several installations share a virtual host. Default: empty; at most 60 bytes of UTF-8, without <c>*</c>, <c>#</c> and <c>@</c>, and not beginning with <c>amq.</c>, which the broker keeps for itself.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>
    /// The name of this node, stable across restarts and unique in the cluster, at most 60 bytes of UTF-8. Default: none; the node
    /// then makes one up at each start, and a broadcast queue of its own lives only as long as its connection.
    /// </summary>
    public string? NodeId { get; set; }

    /// <summary>How the program names itself in <c>app_id</c> and in the broker's list of connections. Default: the name of the entry assembly; at most 120 bytes of UTF-8.</summary>
    public string ApplicationName { get; set; } = System.Reflection.Assembly.GetEntryAssembly()?.GetName().Name ?? "BrokerQueues";

    /// <summary>How long a publish waits for its confirm, through reconnects and alarms, 100 ms to 1 hour. Default: 30 s.</summary>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest body that is sent, in bytes, 1 to 16,777,216 (what RabbitMQ 4 takes). Default: 1 MiB.</summary>
    public int MaxBodySize { get; set; } = 1024 * 1024;

    /// <summary>How many publishes may await their confirm on the connection, 1 to 10,000; further ones wait. Default: 1,000.</summary>
    public int MaxOutstandingConfirms { get; set; } = 1000;

    /// <summary>
    /// Whether exchanges and queues are declared. Default: true. With false they are only looked for, for accounts without the
    /// permission to configure; what is missing is an error at start. A node's own broadcast queue is declared all the same: nobody else can.
    /// </summary>
    public bool DeclareTopology { get; set; } = true;

    /// <summary>
    /// The AMQP heartbeat asked of the broker, 1 s to 60 s. Default: 10 s. A connection without an answer for one and three quarters
    /// of them is given up; the broker gives its tasks to others after two to three.
    /// </summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause between two attempts to reconnect, 100 ms to 10 minutes; pauses grow up to it, with jitter. Default: 10 s.</summary>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether somebody has set <see cref="Uri"/>.</summary>
    internal bool IsUriGiven { get; private set; }

    /// <summary>What stands in the section and cannot be read; told with all else that is wrong.</summary>
    internal List<string> SectionMistakes { get; } = [];
}

using System.ComponentModel.DataAnnotations;

namespace BrokerQueues.Broker;

/// <summary>How a program reaches the broker and publishes; the configuration section <c>BrokerQueues</c>.</summary>
public sealed class BrokerQueuesOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "BrokerQueues";

    /// <summary>
    /// The broker: <c>amqp://user:password@host:5672/vhost</c>, or <c>amqps://</c> for TLS. Default: <c>amqp://guest:guest@localhost:5672/</c>.
    /// </summary>
    [Required]
    public Uri Uri { get; set; } = new("amqp://guest:guest@localhost:5672/");

    /// <summary>Put before every name on the broker, so that several installations share a virtual host. Default: empty; at most 60 bytes of UTF-8, without <c>*</c>, <c>#</c> and <c>@</c>.</summary>
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
    /// permission to configure; what is missing is an error at start.
    /// </summary>
    public bool DeclareTopology { get; set; } = true;

    /// <summary>
    /// The AMQP heartbeat asked of the broker, 1 s to 60 s. Default: 10 s. A connection without an answer for one and three quarters
    /// of them is given up; the broker gives its tasks to others after two to three.
    /// </summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause between two attempts to reconnect, 100 ms to 10 minutes; pauses grow up to it, with jitter. Default: 10 s.</summary>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(10);
}

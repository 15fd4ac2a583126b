using System.Text;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Wire;

namespace BrokerQueues.Broker.Topology;

/// <summary>Every name on the broker, made in one place from prefix and queue id.</summary>
internal sealed class BrokerNames(string prefix)
{
    /// <summary>AMQP's 255 bytes less the prefix (60), the ladder's routing bits and the longest suffix.</summary>
    public const int MaxQueueIdBytes = 120;

    private const string FailedSuffix = ".failed";
    private const string FatalSuffix = ".fatal";
    private const string IncompatibleSuffix = ".incompatible";

    private readonly string _delay = prefix + "bq.delay.";

    /// <summary>What the names of parking queues end in: no queue id may.</summary>
    public static IReadOnlyList<string> ParkingSuffixes { get; } = [FailedSuffix, FatalSuffix, IncompatibleSuffix];

    /// <summary>The exchange of a task queue, and the queue itself unless it is a broadcast.</summary>
    public string Queue(string queueId) => prefix + queueId;

    public string Failed(string queueId) => Queue(queueId) + FailedSuffix;

    public string Fatal(string queueId) => Queue(queueId) + FatalSuffix;

    public string Incompatible(string queueId) => Queue(queueId) + IncompatibleSuffix;

    /// <summary>The parking queue of a kind.</summary>
    public string Parking(string queueId, ParkingQueue parking) => parking switch
    {
        ParkingQueue.Failed => Failed(queueId),
        ParkingQueue.Fatal => Fatal(queueId),
        _ => Incompatible(queueId),
    };

    /// <summary>One node's queue of a broadcast.</summary>
    public string BroadcastQueue(string queueId, string nodeId) => $"{Queue(queueId)}@{nodeId}";

    public string DelayLevel(int level) => $"{_delay}{level:00}";

    public string DelayDelivery => _delay + "deliver";

    /// <summary>Whether it is the exchange of a level of the delay ladder: no queue id begins like one.</summary>
    public bool IsDelayLevel(string exchange) => exchange.StartsWith(_delay, StringComparison.Ordinal);

    public string Undeliverable => prefix + "bq.undeliverable";

    /// <summary>Says what is wrong with a queue id, or null.</summary>
    public static string? CheckQueueId(string? queueId)
    {
        if (string.IsNullOrEmpty(queueId))
        {
            return "A queue id must not be empty.";
        }

        if (!ShortString.IsWellFormed(queueId))
        {
            return "A queue id must not have half a surrogate pair: it would arrive as another name.";
        }

        int bytes = Encoding.UTF8.GetByteCount(queueId);
        if (bytes > MaxQueueIdBytes)
        {
            return $"The queue id '{queueId[..40]}...' has {bytes} bytes; at most {MaxQueueIdBytes} fit into the names made from it.";
        }

        if (queueId.StartsWith("amq.", StringComparison.Ordinal) || queueId.StartsWith("bq.", StringComparison.Ordinal))
        {
            return $"The queue id '{queueId}' begins with a reserved name ('amq.' is the broker's, 'bq.' is ours). Choose another.";
        }

        return queueId.AsSpan().IndexOfAny("*#@") >= 0 || queueId.Any(char.IsControl)
            ? $"The queue id '{queueId}' has a character that means something else to the broker ('*', '#', '@' or a control character). Choose another."
            : null;
    }
}

using System.Buffers;
using BrokerQueues.Broker.Wire;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Consuming;

/// <summary>A message handed to this node and not settled yet. It can be settled once, on the channel it came on.</summary>
internal sealed class Delivery
{
    private byte[]? _buffer;
    private readonly int _length;
    private int _settled;

    public Delivery(ConsumerSession session, ulong tag, bool redelivered, IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body)
    {
        Session = session;
        Tag = tag;
        Redelivered = redelivered;
        Properties = properties;
        _length = body.Length;
        if (_length > 0)
        {
            // The client reuses its own buffer when the callback returns.
            _buffer = ArrayPool<byte>.Shared.Rent(_length);
            body.CopyTo(_buffer);
        }
    }

    public ConsumerSession Session { get; }

    public ulong Tag { get; }

    public bool Redelivered { get; }

    /// <summary>What it was published with, or sent on with by the delay ladder.</summary>
    public string RoutingKey { get; init; } = "";

    public IReadOnlyBasicProperties Properties { get; }

    /// <summary>Its neighbours among the <see cref="Settlement.UnsettledDeliveries"/>.</summary>
    public Delivery? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    public Delivery? Next { get; set; }

    /// <summary>Whether it is acknowledged here; the broker may not know yet.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>Not to be read after <see cref="ReleaseBody"/>.</summary>
    public ReadOnlyMemory<byte> Body => _buffer.AsMemory(0, _length);

    /// <summary>
    /// How often the broker has had the message back, as far as its headers say. They are believed only on a message marked
    /// redelivered: one that was moved by hand still carries the counts of its former queue.
    /// </summary>
    public long ReturnCount => !Redelivered ? 0 : Math.Max(
        // 4.0 to 4.2 hold the acquired count against the limit, 3.10 and 4.3 the delivery count.
        TaskHeaders.ReadInteger(Properties.Headers, TaskHeaders.DeliveryCount) ?? 0,
        TaskHeaders.ReadInteger(Properties.Headers, TaskHeaders.AcquiredCount) ?? 0);

    /// <summary>Takes the right to settle. True once.</summary>
    public bool TryClaimSettlement() => Interlocked.Exchange(ref _settled, 1) == 0;

    public void ReleaseBody()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

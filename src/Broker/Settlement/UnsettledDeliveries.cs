using BrokerQueues.Broker.Consuming;

namespace BrokerQueues.Broker.Settlement;

/// <summary>One acknowledgement to send: of a delivery, or of it and all before it.</summary>
internal readonly record struct Acknowledgement(ulong Tag, bool Multiple);

/// <summary>
/// The deliveries of one channel that are not settled yet, in the order of their tags, and which of them wait for their
/// acknowledgement to be sent. Not thread-safe.
/// </summary>
/// <remarks>
/// What is done up to some tag without a gap goes out as one acknowledgement with <c>multiple</c>, which spares the broker a
/// command of its replication log for each. The broker takes such an acknowledgement for everything outstanding up to its tag, so
/// a delivery counts as in the way until its own nack or reject has been written; and it refuses one whose tag is not
/// outstanding (406), so it always names a delivery that no other acknowledgement has named.
/// </remarks>
internal sealed class UnsettledDeliveries
{
    private readonly List<Delivery> _acknowledged = [];
    private Delivery? _first;
    private Delivery? _last;

    public int Count { get; private set; }

    /// <summary>How many acknowledgements wait to be sent.</summary>
    public int Unsent => _acknowledged.Count;

    /// <summary>Takes a new delivery; its tag is higher than all before it.</summary>
    public void Add(Delivery delivery)
    {
        delivery.Previous = _last;
        if (_last is null)
        {
            _first = delivery;
        }
        else
        {
            _last.Next = delivery;
        }

        _last = delivery;
        Count++;
    }

    /// <summary>Keeps an acknowledgement for the next <see cref="TakeAcknowledgements"/>.</summary>
    public void Acknowledge(Delivery delivery)
    {
        delivery.IsAcknowledged = true;
        _acknowledged.Add(delivery);
    }

    /// <summary>Forgets a delivery that was settled in another way, once that has been written.</summary>
    public void Remove(Delivery delivery)
    {
        if (delivery.Previous is null)
        {
            _first = delivery.Next;
        }
        else
        {
            delivery.Previous.Next = delivery.Next;
        }

        if (delivery.Next is null)
        {
            _last = delivery.Previous;
        }
        else
        {
            delivery.Next.Previous = delivery.Previous;
        }

        delivery.Previous = null;
        delivery.Next = null;
        Count--;
    }

    /// <summary>Moves all that has been acknowledged into <paramref name="acknowledgements"/>, to be sent in that order.</summary>
    public void TakeAcknowledgements(List<Acknowledgement> acknowledgements)
    {
        ulong upTo = 0;
        int together = 0;
        while (_first is { IsAcknowledged: true } done)
        {
            upTo = done.Tag;
            together++;
            Remove(done);
        }

        if (together > 0)
        {
            acknowledgements.Add(new Acknowledgement(upTo, Multiple: together > 1));
        }

        foreach (Delivery delivery in _acknowledged)
        {
            if (delivery.Tag > upTo)
            {
                acknowledgements.Add(new Acknowledgement(delivery.Tag, Multiple: false));
                Remove(delivery);
            }
        }

        _acknowledged.Clear();
    }
}

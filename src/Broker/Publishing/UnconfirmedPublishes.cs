using System.Diagnostics.CodeAnalysis;
using RabbitMQ.Client.Events;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// What a lost channel left unconfirmed, to be sent before anything new; and the search among it for the message over which the broker closed the
/// channel, so that one bad message fails alone. For the one loop that sends.
/// </summary>
internal sealed class UnconfirmedPublishes
{
    private Queue<PendingPublish> _publishes = new();

    public int Count => _publishes.Count;

    /// <summary>A message may have closed the channel, so they go out one by one until it is found.</summary>
    public bool IsOneByOne { get; private set; }

    /// <summary>Without taking them.</summary>
    public IEnumerable<PendingPublish> All => _publishes;

    /// <summary>Takes the first.</summary>
    public bool TryTake([NotNullWhen(true)] out PendingPublish? publish) => _publishes.TryDequeue(out publish);

    /// <summary>Takes all.</summary>
    public IReadOnlyCollection<PendingPublish> TakeAll()
    {
        Queue<PendingPublish> all = _publishes;
        _publishes = new Queue<PendingPublish>();
        return all;
    }

    /// <summary>Puts these before the others.</summary>
    public void PutFirst(params IEnumerable<PendingPublish> publishes) => _publishes = new Queue<PendingPublish>(publishes.Concat(_publishes));

    /// <summary>The broker closed the channel over one of them: where they went out one by one it was the first, and that fails.</summary>
    public void OneIsBad(ShutdownEventArgs reason)
    {
        if (IsOneByOne)
        {
            PublishRefusal.FailAsRefused(_publishes.Dequeue(), reason);
        }

        IsOneByOne = true;
    }

    /// <summary>All that was sent one by one has been answered.</summary>
    public void NoneIsBad() => IsOneByOne = false;
}

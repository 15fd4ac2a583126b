using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Settlement;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>The book-keeping of acknowledgements, for each delivery: it happens under the lock of the session.</summary>
[MemoryDiagnoser]
public class Settling
{
    // What a prefetch of 200 sends together: a quarter.
    private const int Burst = 50;
    private const int Prefetch = 200;

    private readonly UnsettledDeliveries _unsettled = new();
    private readonly List<Acknowledgement> _acknowledgements = [];
    private readonly Delivery[] _inOrder =
        [.. Enumerable.Range(1, Prefetch).Select(tag => new Delivery(session: null!, (ulong)tag, redelivered: false, new BasicProperties(), body: default))];

    private readonly Delivery[] _shuffled;

    public Settling()
    {
        _shuffled = [.. _inOrder];
        // The same disorder in each run, or two runs could not be compared.
        new Random(Prefetch).Shuffle(_shuffled);
    }

    /// <summary>As one slot ends them: each burst becomes one acknowledgement.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Burst)]
    public int InOrder()
    {
        Deliver(_inOrder.AsSpan(0, Burst));
        return Acknowledge(_inOrder.AsSpan(0, Burst));
    }

    /// <summary>As tasks of uneven length end: hardly any acknowledgement covers another.</summary>
    [Benchmark(OperationsPerInvoke = Prefetch)]
    public int InRandomOrder()
    {
        Deliver(_inOrder);
        int sent = 0;
        for (int start = 0; start < Prefetch; start += Burst)
        {
            sent += Acknowledge(_shuffled.AsSpan(start, Burst));
        }

        return sent;
    }

    // Deliveries are used again: making them would cost more than what is measured.
    private void Deliver(ReadOnlySpan<Delivery> deliveries)
    {
        foreach (Delivery delivery in deliveries)
        {
            delivery.IsAcknowledged = false;
            _unsettled.Add(delivery);
        }
    }

    private int Acknowledge(ReadOnlySpan<Delivery> deliveries)
    {
        foreach (Delivery delivery in deliveries)
        {
            _unsettled.Acknowledge(delivery);
        }

        _acknowledgements.Clear();
        _unsettled.TakeAcknowledgements(_acknowledgements);
        return _acknowledgements.Count;
    }
}

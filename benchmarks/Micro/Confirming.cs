using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Publishing;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>The book-keeping of confirms, for each publish: the broker answers many at once.</summary>
[MemoryDiagnoser]
public class Confirming
{
    private const int Together = 512;

    private readonly ConfirmWindow _window = new(capacity: 1024);

    // Always the same publish: the window does not look at it, and a completed one could not be completed again.
    private readonly PendingPublish _publish = new(
        new OutboundMessage("", TypicalTask.Queue, Mandatory: true, new BasicProperties(), default));

    private readonly Action<PendingPublish> _settle;
    private ulong _published;
    private int _settled;

    public Confirming() => _settle = _ => _settled++;

    [Benchmark(OperationsPerInvoke = Together)]
    public int AddAndSettleMultiple()
    {
        for (int i = 0; i < Together; i++)
        {
            _window.Add(_publish);
        }

        _published += Together;
        _window.Settle(_published, multiple: true, _settle);
        return _settled;
    }
}

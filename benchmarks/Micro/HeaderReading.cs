using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Wire;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>Properties and headers to a task, which every delivery goes through before anything else.</summary>
[MemoryDiagnoser]
public class HeaderReading
{
    private readonly BasicProperties _first = TypicalTask.Properties();

    // Every level of the delay ladder leaves a mark, and each is looked at for the name of the queue.
    private readonly BasicProperties _requeued = TypicalTask.Properties(
        (TaskHeaders.Attempt, 3),
        (TaskHeaders.Death, new List<object> { Death("bq.delay.02"), Death("bq.delay.01"), Death("bq.delay.00") }));

    [Benchmark(Baseline = true)]
    public object FirstAttempt() => TypicalTask.Read(_first);

    [Benchmark]
    public object Requeued() => TypicalTask.Read(_requeued);

    private static Dictionary<string, object?> Death(string queue) => new(StringComparer.Ordinal)
    {
        ["queue"] = TypicalTask.Text(queue),
        ["reason"] = TypicalTask.Text("expired"),
        ["count"] = 1L,
    };
}

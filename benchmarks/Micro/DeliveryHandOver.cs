using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Worker.Execution;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>From the client's dispatch loop to the executors, for each delivery, with tasks that take no time: waking threads shows most.</summary>
[MemoryDiagnoser]
public class DeliveryHandOver
{
    private const int Burst = 1000;

    // One stands for all: the buffer does not look at it.
    private readonly Delivery _delivery = new(session: null!, tag: 1, redelivered: false, new BasicProperties(), body: default);
    private DeliveryBuffer? _buffer;
    private TaskCompletionSource _allHaveRun = new();
    private int _run;

    [Params(1, 16)]
    public int Executors { get; set; }

    [GlobalSetup]
    public void SetUp() => _buffer = new DeliveryBuffer(Executors, ExecuteAsync);

    [Benchmark(OperationsPerInvoke = Burst)]
    public Task HandOver()
    {
        // Not on the last executor's thread: the next burst would begin before that one has left the buffer.
        _allHaveRun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _run = 0;
        for (int i = 0; i < Burst; i++)
        {
            _buffer!.TryAdd(_delivery);
        }

        return _allHaveRun.Task;
    }

    private ValueTask ExecuteAsync(Delivery delivery)
    {
        if (Interlocked.Increment(ref _run) == Burst)
        {
            _allHaveRun.SetResult();
        }

        return ValueTask.CompletedTask;
    }
}

using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>From the client's dispatch loop to the slots, for each delivery, with tasks that take no time: waking threads shows most.</summary>
[MemoryDiagnoser]
public class DeliveryHandOver
{
    private const int Burst = 1000;

    // One stands for all: the slots do not look at it.
    private readonly Delivery _delivery = new(session: null!, tag: 1, redelivered: false, new BasicProperties(), body: default);
    private TaskSlots? _slots;
    private TaskCompletionSource _allHaveRun = new();
    private int _run;

    [Params(1, 16)]
    public int Slots { get; set; }

    [GlobalSetup]
    public void SetUp() => _slots = new TaskSlots(Slots, ExecuteAsync, CancellationToken.None);

    [Benchmark(OperationsPerInvoke = Burst)]
    public Task HandOver()
    {
        // Not on the last slot's thread: the next burst would begin before that one has left.
        _allHaveRun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _run = 0;
        for (int i = 0; i < Burst; i++)
        {
            _slots!.TryAdd(_delivery);
        }

        return _allHaveRun.Task;
    }

    private ValueTask ExecuteAsync(TaskExecution execution)
    {
        if (Interlocked.Increment(ref _run) == Burst)
        {
            _allHaveRun.SetResult();
        }

        return ValueTask.CompletedTask;
    }
}

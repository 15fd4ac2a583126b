using System.Collections.Concurrent;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using RabbitMQ.Client;

namespace BrokerQueues.Worker.Tests.Running;

public sealed class TaskSlotsTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static Delivery Deliver(int tag) => new(null!, (ulong)tag, redelivered: false, new BasicProperties(), default);

    [Fact]
    public async Task As_many_run_at_a_time_as_the_concurrency_allows_and_no_more()
    {
        var release = new TaskCompletionSource();
        var full = new TaskCompletionSource();
        int running = 0;
        var atATime = new ConcurrentQueue<int>();
        var slots = new TaskSlots(4, async _ =>
        {
            int now = Interlocked.Increment(ref running);
            atATime.Enqueue(now);
            if (now == 4)
            {
                full.TrySetResult();
            }

            await release.Task;
            Interlocked.Decrement(ref running);
        }, default);
        for (int tag = 1; tag <= 20; tag++)
        {
            Assert.True(slots.TryAdd(Deliver(tag)));
        }

        await full.Task.WaitAsync(s_limit);
        Assert.True(slots.HasWaiting);
        slots.Complete();
        Assert.False(slots.Drained.IsCompleted);
        release.SetResult();
        await slots.Drained.WaitAsync(s_limit);
        Assert.Equal(4, atATime.Max());
        Assert.False(slots.TryAdd(Deliver(21)));
    }

    [Fact]
    public async Task Nothing_is_left_behind_and_one_slot_keeps_the_order()
    {
        const int Count = 50_000;
        var ran = new ConcurrentQueue<ulong>();
        var slots = new TaskSlots(1, execution =>
        {
            ran.Enqueue(execution.Delivery.Tag);
            return default;
        }, default);
        for (int tag = 1; tag <= Count; tag++)
        {
            slots.TryAdd(Deliver(tag));
        }

        slots.Complete();
        await slots.Drained.WaitAsync(s_limit);
        Assert.Equal(Enumerable.Range(1, Count).Select(tag => (ulong)tag), ran);
    }

    // The slot was never released: after as many failures as the concurrency, nothing ran for ever.
    [Fact]
    public async Task A_slot_whose_delivery_fails_goes_on_with_the_next()
    {
        int ran = 0;
        var slots = new TaskSlots(2, async execution =>
        {
            Interlocked.Increment(ref ran);
            if (execution.Delivery.Tag % 3 == 0)
            {
                await Task.Yield();
            }

            if (execution.Delivery.Tag <= 8)
            {
                throw new InvalidOperationException("from the execution");
            }
        }, default);
        for (int tag = 1; tag <= 20; tag++)
        {
            slots.TryAdd(Deliver(tag));
        }

        slots.Complete();
        await slots.Drained.WaitAsync(s_limit);
        Assert.Equal(20, ran);
    }
}

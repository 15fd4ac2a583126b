using System.Collections.Concurrent;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Worker.Execution;
using RabbitMQ.Client;

namespace BrokerQueues.Worker.Tests.Execution;

public sealed class DeliveryBufferTests
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
        var buffer = new DeliveryBuffer(4, async _ =>
        {
            int now = Interlocked.Increment(ref running);
            atATime.Enqueue(now);
            if (now == 4)
            {
                full.TrySetResult();
            }

            await release.Task;
            Interlocked.Decrement(ref running);
        });
        for (int tag = 1; tag <= 20; tag++)
        {
            Assert.True(buffer.TryAdd(Deliver(tag)));
        }

        await full.Task.WaitAsync(s_limit);
        Assert.True(buffer.HasWaiting);
        buffer.Complete();
        Assert.False(buffer.Drained.IsCompleted);
        release.SetResult();
        await buffer.Drained.WaitAsync(s_limit);
        Assert.Equal(4, atATime.Max());
        Assert.False(buffer.TryAdd(Deliver(21)));
    }

    [Fact]
    public async Task Nothing_is_left_behind_and_one_executor_keeps_the_order()
    {
        const int Count = 50_000;
        var ran = new ConcurrentQueue<ulong>();
        var buffer = new DeliveryBuffer(1, delivery =>
        {
            ran.Enqueue(delivery.Tag);
            return default;
        });
        for (int tag = 1; tag <= Count; tag++)
        {
            buffer.TryAdd(Deliver(tag));
        }

        buffer.Complete();
        await buffer.Drained.WaitAsync(s_limit);
        Assert.Equal(Enumerable.Range(1, Count).Select(tag => (ulong)tag), ran);
    }

    // The executor was never given back: after as many failures as the concurrency, nothing ran for ever.
    [Fact]
    public async Task An_executor_whose_delivery_fails_goes_on_with_the_next()
    {
        int ran = 0;
        var buffer = new DeliveryBuffer(2, async delivery =>
        {
            Interlocked.Increment(ref ran);
            if (delivery.Tag % 3 == 0)
            {
                await Task.Yield();
            }

            if (delivery.Tag <= 8)
            {
                throw new InvalidOperationException("from the execution");
            }
        });
        for (int tag = 1; tag <= 20; tag++)
        {
            buffer.TryAdd(Deliver(tag));
        }

        buffer.Complete();
        await buffer.Drained.WaitAsync(s_limit);
        Assert.Equal(20, ran);
    }
}

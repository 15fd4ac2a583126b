namespace BrokerQueues.Benchmarks.Throughput.Contenders;

/// <summary>Keeps a number of publishes on their way: the next one starts when the oldest is confirmed.</summary>
internal static class Window
{
    /// <summary>As many as ours keeps.</summary>
    public const int Size = 512;

    public static async Task RunAsync(int tasks, Func<int, Task> publish)
    {
        var onTheirWay = new Queue<Task>(Size);
        for (int number = 0; number < tasks; number++)
        {
            if (onTheirWay.Count == Size)
            {
                await onTheirWay.Dequeue();
            }

            onTheirWay.Enqueue(publish(number));
        }

        await Task.WhenAll(onTheirWay);
    }
}

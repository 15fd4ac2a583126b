namespace BrokerQueues.TestKit;

/// <summary>Moves a clock of tests until something holds, whatever the machine's speed.</summary>
public static class Passing
{
    /// <summary>Moves the clock, a step at a time, until something holds; each step only when nothing more seems to happen without it.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="advance">Moves it.</param>
    /// <param name="step">How far each time.</param>
    /// <param name="condition">What has to hold.</param>
    /// <param name="what">The same in words; may tell what was seen last.</param>
    /// <returns>How much time passed by the clock.</returns>
    public static async Task<TimeSpan> UntilAsync(TimeProvider time, Action<TimeSpan> advance, TimeSpan step, Func<bool> condition, Func<string> what)
    {
        DateTimeOffset began = time.GetUtcNow();
        long realBegan = TimeProvider.System.GetTimestamp();
        while (!await HoldsWithoutTimeAsync(condition))
        {
            if (TimeProvider.System.GetElapsedTime(realBegan) > Eventually.Deadline)
            {
                throw new TimeoutException($"Not within {Eventually.Deadline} and {time.GetUtcNow() - began} of the clock's: {what()}");
            }

            advance(step);
        }

        return time.GetUtcNow() - began;
    }

    /// <summary>
    /// Lets what can go on without the clock go on: each hop stands behind all that the pool has to do, so that on a slow machine they take as much longer as the
    /// rest does.
    /// </summary>
    private static async Task<bool> HoldsWithoutTimeAsync(Func<bool> condition)
    {
        for (int hop = 0; hop < 40; hop++)
        {
            if (condition())
            {
                return true;
            }

            var hopped = new TaskCompletionSource();
            ThreadPool.UnsafeQueueUserWorkItem(static done => done.SetResult(), hopped, preferLocal: false);
            await hopped.Task.ConfigureAwait(false);
            if (hop == 20)
            {
                // For a thread that the machine has put aside in the middle of its work.
                await Task.Delay(1).ConfigureAwait(false);
            }
        }

        return condition();
    }
}

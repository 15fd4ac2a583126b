using System.Diagnostics;

namespace BrokerQueues.TestKit;

/// <summary>Waits for a condition with a deadline of minutes: a slow machine makes a test slower, never red.</summary>
public static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? deadline = null) => TrueAsync(() => Task.FromResult(condition()), what, deadline);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null)
    {
        long began = Stopwatch.GetTimestamp();
        TimeSpan limit = deadline ?? Deadline;
        for (int pause = 1; !await condition(); pause = Math.Min(pause + 1, 20))
        {
            if (Stopwatch.GetElapsedTime(began) > limit)
            {
                throw new TimeoutException($"Not within {limit.TotalSeconds:0} s: {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(pause));
        }
    }

    /// <summary>Waits until two values agree, and says both when they do not.</summary>
    public static async Task EqualAsync<T>(T expected, Func<Task<T>> actual, string what, TimeSpan? deadline = null)
    {
        T last = default!;
        try
        {
            await TrueAsync(async () => EqualityComparer<T>.Default.Equals(expected, last = await actual()), what, deadline);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} Expected {expected}, last seen {last}.", exception);
        }
    }
}

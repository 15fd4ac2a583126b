using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>
/// Asks many questions at the same time. A channel answers one after the other, each a round trip away, so independent questions
/// are spread over several channels; what the broker need not answer one by one is sent in runs (<see cref="InRunsAsync"/>).
/// </summary>
internal sealed class AskingLanes(IConnection connection, int count, TimeProvider time) : IAsyncDisposable
{
    private readonly List<ReopeningChannel> _lanes = [.. Enumerable.Range(0, count).Select(_ => new ReopeningChannel(connection, time))];

    /// <summary>Called with the number of things that have just been answered.</summary>
    public Action<int>? Answered { get; set; }

    /// <summary>Asks about each, as many at a time as there are lanes.</summary>
    public async Task EachAsync<T>(IReadOnlyList<T> items, Func<ReopeningChannel, T, Task> ask, Func<T, int>? weight = null)
    {
        int next = -1;
        bool failed = false;
        await Task.WhenAll(_lanes.Take(items.Count).Select(RunAsync)).ConfigureAwait(false);

        async Task RunAsync(ReopeningChannel lane)
        {
            while (!Volatile.Read(ref failed) && Interlocked.Increment(ref next) is var index && index < items.Count)
            {
                try
                {
                    await ask(lane, items[index]).ConfigureAwait(false);
                }
                catch
                {
                    Volatile.Write(ref failed, true);
                    throw;
                }

                Answered?.Invoke(weight?.Invoke(items[index]) ?? 1);
            }
        }
    }

    /// <summary>
    /// Sends in runs, one behind the other without waiting, and waits for the answer to the last of each run: one round trip a run.
    /// Where one is refused, the broker ignores the rest of its run, and <paramref name="refused"/> gets the whole run.
    /// </summary>
    /// <param name="what">What is asked, for the error.</param>
    /// <param name="runs">The runs; those of one run are sent in order.</param>
    /// <param name="send">Sends one; without an answer unless it is told to wait.</param>
    /// <param name="refused">Called with a run that was refused; null throws.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task InRunsAsync<T>(
        string what, IReadOnlyList<T[]> runs, Func<IChannel, T, bool, CancellationToken, Task> send,
        Func<ReopeningChannel, T[], RefusedByBrokerException, Task>? refused, CancellationToken cancellationToken) =>
        EachAsync(
            runs,
            async (lane, run) =>
            {
                try
                {
                    await lane.AskAsync(
                        what,
                        async (channel, token) =>
                        {
                            for (int i = 0; i < run.Length; i++)
                            {
                                await send(channel, run[i], i < run.Length - 1, token).ConfigureAwait(false);
                            }
                        },
                        cancellationToken).ConfigureAwait(false);
                }
                catch (RefusedByBrokerException exception) when (refused is not null)
                {
                    await refused(lane, run, exception).ConfigureAwait(false);
                }
            },
            run => run.Length);

    public async ValueTask DisposeAsync() => await Task.WhenAll(_lanes.Select(lane => lane.DisposeAsync().AsTask())).ConfigureAwait(false);
}

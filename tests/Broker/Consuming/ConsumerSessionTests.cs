using BrokerQueues.Broker.Consuming;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrokerQueues.Broker.Tests.Consuming;

public sealed class ConsumerSessionTests
{
    private const ushort Prefetch = 40;

    private readonly ScriptedClient _client = new();
    private readonly Sink _sink = new();

    [Fact]
    public async Task A_session_that_was_ended_while_it_was_found_idle_did_not_end_idle()
    {
        // Which of the two comes first is a matter of nanoseconds: many trials, and no waking of threads in between.
        const int Trials = 20_000;
        var sessions = new ConsumerSession[Trials];
        for (int trial = 0; trial < Trials; trial++)
        {
            sessions[trial] = await StartAsync();
        }

        int arrived = 0;
        await Task.WhenAll(
            Task.Factory.StartNew(() => Each(session => session.End("lost")), TaskCreationOptions.LongRunning),
            Task.Factory.StartNew(() => Each(session => session.TryEndIdle()), TaskCreationOptions.LongRunning));

        foreach (ConsumerSession session in sessions)
        {
            Assert.Equal(await session.Ended != "lost", session.EndedIdle);
        }

        void Each(Action<ConsumerSession> end)
        {
            for (int trial = 0; trial < Trials; trial++)
            {
                Interlocked.Increment(ref arrived);
                while (Volatile.Read(ref arrived) < (trial + 1) * 2)
                {
                    Thread.SpinWait(1);
                }

                end(sessions[trial]);
            }
        }
    }

    private Task<ConsumerSession> StartAsync() => ConsumerSession.StartAsync(
        _client.Connection, "q", Prefetch, oneByOne: false, _sink, TimeProvider.System, NullLogger.Instance, CancellationToken.None);

    private sealed class Sink : IDeliverySink
    {
        public bool HasWaiting => true;

        public void Accept(Delivery delivery) => throw new NotSupportedException();

        public Task WhenReadyAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Consuming;

/// <summary>
/// Asks the broker, and does not wait to be told: whether the connection still answers, and whether each queue still has
/// the consumer this node believes it has.
/// </summary>
/// <remarks>
/// The broker looks at each heartbeat whether it has heard of the connection since the last, and gives its tasks to another
/// node at the second look in vain: two to three heartbeats after it last heard of it, as the looks happen to fall. The
/// client notices after that. So a round trip is made each half heartbeat, and the connection is given up well within two
/// heartbeats of the last that was answered, counted from when it was asked: the broker has heard of us at that time or later.
/// That the broker node answers does not say that it still belongs to its cluster: for sequential queues <see cref="QuorumWitness"/> asks that.
/// </remarks>
internal sealed class ConsumerWatchdog(
    IReadOnlyList<QueueConsumer> consumers, BrokerConnection connection, TimeSpan heartbeat, TimeProvider time, ILogger logger)
{
    /// <summary>Every this many round trips the consumers are compared.</summary>
    private const int RoundsPerComparison = 2;

    /// <summary>In heartbeats. What is left of the two is for processors to see JobAborted and stop.</summary>
    private const double Patience = 1.75;

    /// <summary>A session without a delivery for this many heartbeats is renewed.</summary>
    private const int IdleHeartbeats = 6;

    /// <summary>A machine that is busy may keep a thread waiting for long, and with short heartbeats that is no reason to end the process.</summary>
    private static readonly TimeSpan s_shortestStuck = TimeSpan.FromMinutes(1);

    private readonly Dictionary<QueueConsumer, SessionLooks> _looks = [];
    private readonly TimeSpan _stuck = heartbeat * 6 > s_shortestStuck ? heartbeat * 6 : s_shortestStuck;
    private IConnection? _asked;
    private long _answeredAt;
    private long _turnedAt;

    /// <summary>
    /// For how long the watch has been standing still, where that is far longer than anything it waits for; null where it turns, or does not run. It
    /// waits for a broker with a limit each time, so what stands still is this process.
    /// </summary>
    public TimeSpan? StandsStillFor =>
        Volatile.Read(ref _turnedAt) is not 0 and var turnedAt && time.GetElapsedTime(turnedAt) is var still && still > _stuck ? still : null;

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(heartbeat / 2, time);
        try
        {
            // The first question at once: until one is answered, what the broker last heard of us is not known.
            int round = 0;
            do
            {
                round++;
                Turned();
                try
                {
                    await WatchAsync(compare: round % RoundsPerComparison == 0, stopping).ConfigureAwait(false);
                }
#pragma warning disable CA1031 // Nothing may end the watch while the node runs.
                catch (Exception exception) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    ConsumingLog.WatchFailed(logger, exception.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Shutting down.
        }
        finally
        {
            Volatile.Write(ref _turnedAt, 0);
        }
    }

    private void Turned() => Volatile.Write(ref _turnedAt, time.GetTimestamp());

    private async Task<IConnection> WhenOpenAsync(CancellationToken stopping)
    {
        Task<IConnection> opening = connection.GetAsync(stopping);
        while (!opening.IsCompleted)
        {
            // However long the outage: the watch goes on.
            await Task.WhenAny(opening, Task.Delay(heartbeat / 2, time, stopping)).ConfigureAwait(false);
            Turned();
        }

        return await opening.ConfigureAwait(false);
    }

    private async Task WatchAsync(bool compare, CancellationToken stopping)
    {
        IConnection open = await WhenOpenAsync(stopping).ConfigureAwait(false);
        long began = time.GetTimestamp();
        if (open != _asked)
        {
            _asked = open;
            _answeredAt = began;
        }

        // The broker may have asked for a shorter heartbeat than ours.
        TimeSpan agreed = open.Heartbeat > TimeSpan.Zero && open.Heartbeat < heartbeat ? open.Heartbeat : heartbeat;
        TimeSpan patience = agreed * Patience;
        TimeSpan left = patience - time.GetElapsedTime(_answeredAt, began);
        using var unanswered = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(unanswered.Token, stopping);
        try
        {
            // The patience is for each answer: those about many queues may together take longer.
            await AskAsync(open, compare, Answered, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (unanswered.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            ConnectionLog.NoAnswer(logger, ConnectionRole.Consuming, patience.TotalSeconds);
            foreach (QueueConsumer consumer in consumers)
            {
                consumer.Session?.End(SessionEndKind.Lost, "the broker does not answer");
            }

            // Not waited for: the client takes 5 s to give up a peer that is silent, and the next connection is watched meanwhile.
            connection.GiveUp(open, patience);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception, stopping))
        {
            ConsumingLog.WatchFailed(logger, exception.Message);
        }

        void Answered(long askedAt)
        {
            Turned();
            _answeredAt = askedAt;
            unanswered.CancelAfter(patience - time.GetElapsedTime(askedAt) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero);
        }
    }

    /// <param name="open">The connection.</param>
    /// <param name="compare">Whether to ask after the queues as well.</param>
    /// <param name="answered">Called with the time at which a question was asked, when it has been answered.</param>
    /// <param name="cancellationToken">Gives up; nothing is reported from then on.</param>
    private async Task AskAsync(IConnection open, bool compare, Action<long> answered, CancellationToken cancellationToken)
    {
        var channel = new ReopeningChannel(open, time);
        try
        {
            // Opening the channel is the round trip.
            long askedAt = time.GetTimestamp();
            await channel.GetAsync(cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            answered(askedAt);
            if (compare)
            {
                foreach (QueueConsumer consumer in consumers)
                {
                    if (consumer.Session is not { } session)
                    {
                        continue;
                    }

                    askedAt = time.GetTimestamp();
                    if (await FindFaultAsync(consumer, session, channel, cancellationToken).ConfigureAwait(false) is { } fault)
                    {
                        session.End(SessionEndKind.Lost, fault);
                    }

                    cancellationToken.ThrowIfCancellationRequested();
                    answered(askedAt);
                }
            }
        }
        finally
        {
            await channel.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string?> FindFaultAsync(QueueConsumer consumer, ConsumerSession session, ReopeningChannel channel, CancellationToken cancellationToken)
    {
        QueueDeclareOk? queue = null;
        try
        {
            IChannel open = await channel.GetAsync(cancellationToken).ConfigureAwait(false);
            queue = await open.QueueDeclarePassiveAsync(consumer.Subscription.QueueName, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (BrokerErrors.ReplyCodeOf(exception) == Constants.NotFound)
        {
            // Judged below.
        }

        if (queue?.ConsumerCount > 1 && consumer.Subscription.IsOfNode)
        {
            ConsumingLog.NodeIdShared(logger, consumer.Subscription.QueueName, queue.ConsumerCount);
        }

        if (!_looks.TryGetValue(consumer, out SessionLooks? looks) || looks.Session != session)
        {
            _looks[consumer] = looks = new SessionLooks(session, consumer.Subscription, heartbeat * IdleHeartbeats, time);
        }

        return looks.Judge(queue);
    }
}

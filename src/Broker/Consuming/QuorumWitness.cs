using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Consuming;

/// <summary>
/// Makes sure, while tasks of a sequential queue run, that the broker node which delivered them still belongs to the queue's majority.
/// A node that is cut off from the others goes on answering: channels, passive declarations, even the consumers it counts, as it believes itself
/// to be the leader, while the others elect another and hand the tasks to another node.
/// </summary>
/// <remarks>
/// The question is a basic.consume: a subscription is a command in the queue's Raft log, and its answer comes when a majority has it. Measured on
/// 3.10.8 and 4.3.6: of open, look, declare, get, consume and publish, those three fail that go through the log. basic.get is refused on a queue
/// with a single active consumer, and each refusal is an error in the broker's log; a publish would be a task. The consumer stands behind all
/// others and is taken away at once; should it become the active one in between, what it is handed goes back to the head of the queue.
/// </remarks>
internal sealed class QuorumWitness(string queueName, TimeSpan heartbeat, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// In heartbeats. What is measured against is not a heartbeat, though: the others hand a task on when they give up the node that is cut off, by
    /// default after 45 to 75 s, however long a heartbeat is; and an election takes up to 8 s, however short.
    /// </summary>
    private const double Patience = 1.75;

    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    /// <summary>Where priorities count (4.x), any other consumer of the queue is active before this one.</summary>
    private static readonly Dictionary<string, object?> s_lastOfAll = new() { ["x-priority"] = -1_000_000 };

    private readonly TimeSpan _interval = Within(heartbeat) / 2;
    private readonly TimeSpan _patience = Within(heartbeat) * Patience;
    private long _provenAt;

    /// <summary>The time, as a timestamp, at which the broker node last belonged to the majority for certain, or nothing was at stake.</summary>
    public long ProvenAt
    {
        get => Volatile.Read(ref _provenAt);
        private set => Volatile.Write(ref _provenAt, value);
    }

    /// <summary>Asks each half heartbeat while deliveries of the session are unsettled, and ends it when no majority has answered in time.</summary>
    /// <returns>Whether the session was ended here.</returns>
    public async Task<bool> WatchAsync(ConsumerSession session, CancellationToken over)
    {
        try
        {
            using var timer = new PeriodicTimer(_interval, time);
            ProvenAt = time.GetTimestamp();
            do
            {
                if (session.Unsettled == 0)
                {
                    // A delivery that comes from now on was itself agreed on by the majority.
                    ProvenAt = time.GetTimestamp();
                }
                else if (await AskUntilAnsweredAsync(session.Connection, over).ConfigureAwait(false) is { } askedAt)
                {
                    ProvenAt = askedAt;
                }
                else
                {
                    ConsumingLog.NoMajority(logger, queueName, _patience.TotalSeconds);
                    session.End(SessionEndKind.Lost, "a majority of the queue's replicas does not answer over this broker node");
                    return true;
                }
            }
            while (!session.IsOver && await timer.WaitForNextTickAsync(over).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The session is over.
        }

        return false;
    }

    private static TimeSpan Within(TimeSpan heartbeat) => heartbeat < s_shortest ? s_shortest : heartbeat > s_longest ? s_longest : heartbeat;

    /// <summary>One question.</summary>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    public Task AskAsync(IConnection connection, CancellationToken cancellationToken) => BrokerCall.WithinAsync(
        $"asking the majority of '{queueName}'", _patience, time, token => AskOnChannelAsync(connection, token), cancellationToken);

    /// <returns>When the question was asked that has been answered; null where none was within the patience.</returns>
    private async Task<long?> AskUntilAnsweredAsync(IConnection connection, CancellationToken over)
    {
        TimeSpan left = _patience - time.GetElapsedTime(ProvenAt);
        using var tooLate = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, over);
        var asked = new List<Task<long?>>();
        try
        {
            while (true)
            {
                // Again, beside those still open: a question that met a leader at its end waits for it for half a minute, while the
                // next one finds the new leader.
                Task next = Task.Delay(_interval, time, either.Token);
                asked.Add(AskNotedAsync(connection, either.Token));
                while (await Task.WhenAny([.. asked, next]).ConfigureAwait(false) is Task<long?> first)
                {
                    if (await first.ConfigureAwait(false) is { } askedAt)
                    {
                        return askedAt;
                    }

                    asked.Remove(first);
                }

                await next.ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!over.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            await either.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <returns>When it was asked; null where the broker refused it, or the connection is gone.</returns>
    private async Task<long?> AskNotedAsync(IConnection connection, CancellationToken tooLate)
    {
        long askedAt = time.GetTimestamp();
        try
        {
            await AskAsync(connection, tooLate).ConfigureAwait(false);
            return askedAt;
        }
#pragma warning disable CA1031 // Whatever it is, it is no answer.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ConsumingLog.NotAnswered(logger, queueName, ExceptionText.MessageOf(exception));
            return null;
        }
    }

    private async Task AskOnChannelAsync(IConnection connection, CancellationToken cancellationToken)
    {
        IChannel channel = await connection.CreateChannelAsync(ClientSettings.Asking, cancellationToken).ConfigureAwait(false);
        try
        {
            // One at most, should it become the active consumer.
            await channel.BasicQosAsync(0, 1, global: false, cancellationToken).ConfigureAwait(false);
            await channel.BasicConsumeAsync(
                queueName, autoAck: false, consumerTag: "", noLocal: false, exclusive: false, s_lastOfAll, new AsyncDefaultBasicConsumer(channel), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // It takes the consumer along. Not waited for: a channel that still asks does not close.
            _ = LeftBehind.Channel(channel);
        }
    }
}

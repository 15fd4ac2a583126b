using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Settlement;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace BrokerQueues.Broker.Consuming;

/// <summary>
/// One subscription on one channel, from basic.consume to the end of either. What was delivered through it can be settled
/// only through it; when it ends unsettled, the broker hands its tasks to another consumer.
/// </summary>
internal sealed class ConsumerSession : IAsyncBasicConsumer
{
    private readonly IChannel _channel;
    private readonly ChannelAcknowledger _settlement;
    private readonly IDeliverySink _sink;
    private readonly SubscriptionSpec _spec;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AbortSignal _aborted;
    private readonly CancellationTokenSource _lost = new();
    private readonly TaskCompletionSource<SessionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _subscribing = new(1, 1);
    private string? _consumerTag;
    private bool _cancelled;

    private ConsumerSession(IConnection connection, IChannel channel, SubscriptionSpec spec, IDeliverySink sink, TimeProvider time, ILogger logger)
    {
        Connection = connection;
        _channel = channel;
        _settlement = new ChannelAcknowledger(channel, spec.Acknowledgement, time, text => End(SessionEndKind.Lost, text));
        _spec = spec;
        _sink = sink;
        _time = time;
        _logger = logger;
        _aborted = new AbortSignal(exception => ConsumingLog.RegistrationFailed(_logger, _spec.QueueName, exception));
        Lost = _lost.Token;
        channel.ChannelShutdownAsync += OnShutdownAsync;
    }

    /// <summary>The connection it is part of.</summary>
    public IConnection Connection { get; }

    /// <summary>Fires when executions of this session's deliveries no longer count. Not for code of processors, which gets one of <see cref="RentAborted"/>.</summary>
    public CancellationToken Aborted => _aborted.All;

    /// <summary>Fires when nothing of this session can be settled any more.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Completes, with the reason, when the broker delivers nothing more through this session.</summary>
    public Task<SessionEnd> Ended => _ended.Task;

    public bool IsOver => _ended.Task.IsCompleted;

    /// <summary>How many deliveries the broker hands over ahead of their settlement.</summary>
    public ushort Prefetch { get; private set; }

    /// <summary>How many deliveries have come, for the watchdog to see movement.</summary>
    public long Delivered => _settlement.Delivered;

    /// <summary>How many deliveries are not settled yet.</summary>
    public int Unsettled => _settlement.Unsettled;

    IChannel? IAsyncBasicConsumer.Channel => _channel;

    public static async Task<ConsumerSession> StartAsync(
        IConnection connection, SubscriptionSpec spec, IDeliverySink sink, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        IChannel channel = await BrokerCall.WithinAsync(
            "opening a channel", BrokerCall.Answer, time, token => connection.CreateChannelAsync(ClientSettings.Consuming, token), LeftBehind.Channel, cancellationToken).ConfigureAwait(false);
        var session = new ConsumerSession(connection, channel, spec, sink, time, logger);
        try
        {
            await session.ConsumeAsync(spec.FirstPrefetch, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            session.End(SessionEndKind.Lost, "the subscription failed");
            _ = LeftBehind.Channel(channel);
            throw;
        }
    }

    /// <summary>
    /// Has the broker hand over more ahead of settlement. The prefetch of a consumer cannot be changed, so another on the same channel takes
    /// its place. Not for a single active consumer: the next node would be active before it.
    /// </summary>
    public async Task RaisePrefetchAsync(ushort prefetch, CancellationToken cancellationToken)
    {
        try
        {
            await ConsumeAsync(prefetch, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception, CancellationToken.None))
        {
            // The session is ending; the prefetch of the next one is raised in its turn.
            ConsumingLog.CancelFailed(_logger, _spec.QueueName, exception.Message);
        }
    }

    /// <summary>
    /// Acknowledges. False where the session is gone, and the broker will deliver the message again. While more tasks wait to run
    /// here, it goes out with those that end within a few milliseconds.
    /// </summary>
    public ValueTask<bool> AckAsync(Delivery delivery) =>
        IsOver ? new(false) : _settlement.AcknowledgeAsync(delivery, batchSize: _sink.HasWaiting ? Prefetch / 4 : 0);

    /// <summary>Returns the message to its queue, by basic.nack.</summary>
    public ValueTask<bool> NackAsync(Delivery delivery) => IsOver ? new(false) : _settlement.SettleAsync(
        delivery, static (channel, tag) => channel.BasicNackAsync(tag, multiple: false, requeue: true, CancellationToken.None));

    /// <summary>Has the broker dead-letter the message, by basic.reject.</summary>
    public ValueTask<bool> RejectAsync(Delivery delivery) => IsOver ? new(false) : _settlement.SettleAsync(
        delivery, static (channel, tag) => channel.BasicRejectAsync(tag, requeue: false, CancellationToken.None));

    /// <summary>
    /// Asks for no more deliveries, and returns when none will come, or when the broker does not say so in time. Never for a single active
    /// consumer: the next one would start in parallel.
    /// </summary>
    public async Task CancelAsync(CancellationToken cancellationToken)
    {
        try
        {
            await BrokerCall.WithinAsync("cancelling a consumer", BrokerCall.Leave, _time, CancelConsumerAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception, CancellationToken.None))
        {
            // Not asked in vain only by a token: the client cancels what the broker leaves unanswered.
            ConsumingLog.CancelFailed(_logger, _spec.QueueName, exception.Message);
        }
    }

    /// <summary>
    /// Closes the channel: what is unsettled goes back to the queue, in order. Where the broker does not answer in time the channel is left behind,
    /// and ends with the connection. Not from a callback of the client, where it would never return.
    /// </summary>
    public async Task CloseAsync()
    {
        try
        {
            await BrokerCall.WithinAsync("closing a channel", BrokerCall.Leave, _time, CloseChannelAsync, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception))
        {
            ConsumingLog.CancelFailed(_logger, _spec.QueueName, exception.Message);
        }

        End(SessionEndKind.Closed, "closed here");
        _ = LeftBehind.Channel(_channel);
        await _settlement.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Tells running executions that they no longer count.</summary>
    public void Abort() => _aborted.Fire();

    /// <summary>Such a token for one execution, to be returned by <see cref="ReturnAborted"/>.</summary>
    public CancellationTokenSource RentAborted() => _aborted.Rent();

    /// <summary>Takes it back.</summary>
    public void ReturnAborted(CancellationTokenSource source) => _aborted.Return(source);

    /// <summary>Ends the session: what runs is told to abort, what is unsettled goes back, and the subscription goes on with another. The first reason counts.</summary>
    /// <param name="kind">The kind; <see cref="SessionEndKind.Renewed"/> comes by <see cref="TryRenewIdle"/>.</param>
    /// <param name="text">The reason in words.</param>
    public void End(SessionEndKind kind, string text)
    {
        if (_ended.TrySetResult(new SessionEnd(kind, text)))
        {
            _ = _lost.CancelAsync(); // With it only code of ours is registered.
            Abort();
        }
    }

    /// <summary>
    /// Ends the session for a fresh one, unless it holds a delivery. What is on its way here then is not taken any more, and
    /// goes back to its queue when the channel closes.
    /// </summary>
    public bool TryRenewIdle() => !IsOver && _settlement.TryCloseIdle() && _ended.TrySetResult(new SessionEnd(SessionEndKind.Renewed, "renewed while idle"));

    Task IAsyncBasicConsumer.HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey,
        IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(this, deliveryTag, redelivered, properties, body.Span) { RoutingKey = routingKey };
        if (IsOver || !_settlement.TryAdd(delivery))
        {
            delivery.ReleaseBody();
            return Task.CompletedTask;
        }

        _sink.Accept(delivery);
        return Task.CompletedTask;
    }

    // The broker cancels a consumer whose queue was deleted, or (4.3) whose task outlasted the consumer timeout.
    Task IAsyncBasicConsumer.HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken)
    {
        End(SessionEndKind.CanceledByBroker, "the broker cancelled the consumer: its queue was deleted, or a task ran longer than the broker's consumer timeout");
        return Task.CompletedTask;
    }

    Task IAsyncBasicConsumer.HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken) => Task.CompletedTask;

    Task IAsyncBasicConsumer.HandleBasicConsumeOkAsync(string consumerTag, CancellationToken cancellationToken) => Task.CompletedTask;

    Task IAsyncBasicConsumer.HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason) => OnShutdownAsync(channel, reason);

    private async Task ConsumeAsync(ushort prefetch, CancellationToken cancellationToken)
    {
        await _subscribing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_cancelled || IsOver || prefetch <= Prefetch)
            {
                return;
            }

            await AskAsync("setting the prefetch", async token =>
            {
                await _channel.BasicQosAsync(0, prefetch, global: false, token).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            string? narrower = _consumerTag;
            ushort before = Prefetch;
            // Set before the first delivery, which may come before the answer.
            Prefetch = prefetch;
            try
            {
                // The broker names the consumer: after a timeout of 4.3 an old tag is refused.
                _consumerTag = await AskAsync("subscribing", token => _channel.BasicConsumeAsync(
                    _spec.QueueName, autoAck: false, consumerTag: "", noLocal: false, exclusive: false, _spec.Arguments, this, token)).ConfigureAwait(false);
            }
            catch
            {
                Prefetch = before;
                throw;
            }

            if (narrower is not null)
            {
                // What came through it stays settleable: that belongs to the channel.
                await AskAsync("cancelling the former consumer", async token =>
                {
                    await _channel.BasicCancelAsync(narrower, noWait: false, token).ConfigureAwait(false);
                    return true;
                }).ConfigureAwait(false);
            }
        }
        finally
        {
            _subscribing.Release();
        }

        Task<T> AskAsync<T>(string what, Func<CancellationToken, Task<T>> ask) =>
            BrokerCall.WithinAsync(what, BrokerCall.Answer, _time, ask, abandon: null, cancellationToken);
    }

    private async Task CancelConsumerAsync(CancellationToken cancellationToken)
    {
        await _subscribing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _cancelled = true;
            if (!IsOver && _consumerTag is not null)
            {
                await _channel.BasicCancelAsync(_consumerTag, noWait: false, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _subscribing.Release();
        }
    }

    private async Task CloseChannelAsync(CancellationToken cancellationToken)
    {
        if (_channel.IsOpen)
        {
            await _settlement.FinishAsync(cancellationToken).ConfigureAwait(false);
            await _channel.CloseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        End(SessionEndKind.Lost, reason.ReplyText.Contains("timed out", StringComparison.OrdinalIgnoreCase) && reason.ReplyCode == 406
            ? $"the broker closed the channel because a task ran longer than its consumer_timeout ({reason.ReplyText}). Raise consumer_timeout in rabbitmq.conf above the longest task"
            : $"the channel closed: {reason.ReplyCode} {reason.ReplyText}");
        return Task.CompletedTask;
    }
}

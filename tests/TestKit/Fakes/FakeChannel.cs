using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.TestKit.Fakes;

/// <summary>A channel of a <see cref="FakeConnection"/>: writes down what is asked, and delivers when a test says so.</summary>
public sealed class FakeChannel(FakeConnection connection, int number, bool confirms) : IChannel
{
    private readonly ConcurrentQueue<Request> _asked = new();
    private readonly ConcurrentQueue<Request> _askedInVain = new();
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<(string Tag, IAsyncBasicConsumer Consumer)> _consumers = [];
    private (string Tag, IAsyncBasicConsumer Consumer) _newest;
    private ShutdownEventArgs? _closeReason;
    private readonly SortedSet<ulong> _outstanding = [];
    private readonly List<ulong> _acknowledged = [];
    private ulong _lastTag;
    private ulong _lastPublish;

#pragma warning disable CS0067 // Of the interface; nothing here raises them.
    public event AsyncEventHandler<CallbackExceptionEventArgs>? CallbackExceptionAsync;

    public event AsyncEventHandler<FlowControlEventArgs>? FlowControlAsync;
#pragma warning restore CS0067

    public event AsyncEventHandler<BasicAckEventArgs>? BasicAcksAsync;

    public event AsyncEventHandler<BasicNackEventArgs>? BasicNacksAsync;

    public event AsyncEventHandler<BasicReturnEventArgs>? BasicReturnAsync;

    public event AsyncEventHandler<ShutdownEventArgs>? ChannelShutdownAsync;

    public FakeConnection Connection => connection;

    public int ChannelNumber => number;

    /// <summary>Whether it was opened with publisher confirms.</summary>
    public bool Confirms => confirms;

    /// <summary>What was asked while it was open, in order.</summary>
    public IReadOnlyCollection<Request> Asked => _asked;

    /// <summary>What was asked when it was closed already.</summary>
    public IReadOnlyCollection<Request> AskedInVain => _askedInVain;

    /// <summary>What was asked to settle deliveries, in order; when it was closed already too.</summary>
    public IReadOnlyList<Request> Settlements => [.. _asked.Concat(_askedInVain).Where(request => request is Ack or Nack or Reject)];

    /// <summary>The delivery tags that are acknowledged, in order, as the broker reads it: 'multiple' is for all that are outstanding up to the tag.</summary>
    public IReadOnlyList<ulong> Acknowledged
    {
        get
        {
            lock (_gate)
            {
                return [.. _acknowledged];
            }
        }
    }

    /// <summary>Completes when it is closed, by whomever.</summary>
    public Task Ended => _ended.Task;

    public ShutdownEventArgs? CloseReason => Volatile.Read(ref _closeReason);

    public bool IsOpen => CloseReason is null;

    public bool IsClosed => !IsOpen;

    public IAsyncBasicConsumer? DefaultConsumer { get; set; }

    public string? CurrentQueue => null;

    public TimeSpan ContinuationTimeout { get; set; } = TimeSpan.FromSeconds(20);

    private ScriptedBroker Broker => connection.Broker;

    /// <summary>Hands a message to the newest consumer, once there is one; whatever the prefetch, and though it be cancelled or closed: as one that was on its way.</summary>
    /// <returns>Its delivery tag.</returns>
    public async Task<ulong> DeliverAsync(string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, bool redelivered = false)
    {
        if (await Task.WhenAny(_subscribed.Task, _ended.Task) != _subscribed.Task)
        {
            throw new InvalidOperationException("The channel has ended without a consumer.");
        }

        string consumerTag;
        IAsyncBasicConsumer consumer;
        ulong tag;
        lock (_gate)
        {
            (consumerTag, consumer) = _newest;
            tag = ++_lastTag;
            _outstanding.Add(tag);
        }

        await consumer.HandleBasicDeliverAsync(consumerTag, tag, redelivered, routingKey, routingKey, properties, body);
        return tag;
    }

    /// <summary>The broker takes the consumers away, as when their queue is deleted.</summary>
    public async Task CancelByBrokerAsync()
    {
        foreach ((string tag, IAsyncBasicConsumer consumer) in TakeConsumers())
        {
            await consumer.HandleBasicCancelAsync(tag);
        }
    }

    /// <summary>The broker closes it.</summary>
    public Task CloseByBrokerAsync(ushort code, string text) => EndAsync(new ShutdownEventArgs(ShutdownInitiator.Peer, code, text));

    /// <summary>The broker confirms a publish, or all up to it; for what <see cref="ScriptedBroker.Confirms"/> leaves unanswered.</summary>
    public Task ConfirmByBrokerAsync(ulong sequenceNumber, bool multiple = false) =>
        BasicAcksAsync?.Invoke(this, new BasicAckEventArgs(sequenceNumber, multiple)) ?? Task.CompletedTask;

    /// <summary>The broker refuses a publish, or all up to it.</summary>
    public Task RefuseByBrokerAsync(ulong sequenceNumber, bool multiple = false) =>
        BasicNacksAsync?.Invoke(this, new BasicNackEventArgs(sequenceNumber, multiple, requeue: false)) ?? Task.CompletedTask;

    /// <summary>The broker returns a publish as unroutable.</summary>
    public Task ReturnByBrokerAsync(Publish publish) =>
        BasicReturnAsync?.Invoke(this, new BasicReturnEventArgs(312, "NO_ROUTE", publish.Exchange, publish.RoutingKey, publish.Properties, publish.Body)) ?? Task.CompletedTask;

    public Task BasicQosAsync(uint prefetchSize, ushort prefetchCount, bool global, CancellationToken cancellationToken = default) =>
        AskAsync(new Qos(prefetchCount), cancellationToken);

    public async Task<string> BasicConsumeAsync(
        string queue, bool autoAck, string consumerTag, bool noLocal, bool exclusive, IDictionary<string, object?>? arguments, IAsyncBasicConsumer consumer,
        CancellationToken cancellationToken = default)
    {
        string tag = consumerTag.Length > 0 ? consumerTag : $"ctag-{number}.{_asked.Count}";
        long? priority = arguments?.TryGetValue("x-priority", out object? value) == true ? Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) : null;
        await AskAsync(new Consume(queue, tag, priority), cancellationToken);
        lock (_gate)
        {
            _newest = (tag, consumer);
            _consumers.Add(_newest);
        }

        _subscribed.TrySetResult();

        await consumer.HandleBasicConsumeOkAsync(tag, CancellationToken.None);
        return tag;
    }

    public async Task BasicCancelAsync(string consumerTag, bool noWait = false, CancellationToken cancellationToken = default)
    {
        await AskAsync(new Cancel(consumerTag), cancellationToken);
        IAsyncBasicConsumer? consumer;
        lock (_gate)
        {
            consumer = _consumers.Find(each => each.Tag == consumerTag).Consumer;
            _consumers.RemoveAll(each => each.Tag == consumerTag);
        }

        if (consumer is not null)
        {
            await consumer.HandleBasicCancelOkAsync(consumerTag, CancellationToken.None);
        }
    }

    public ValueTask BasicAckAsync(ulong deliveryTag, bool multiple, CancellationToken cancellationToken = default) =>
        new(SettleAsync(new Ack(deliveryTag, multiple), deliveryTag, multiple, cancellationToken));

    public ValueTask BasicNackAsync(ulong deliveryTag, bool multiple, bool requeue, CancellationToken cancellationToken = default) =>
        new(SettleAsync(new Nack(deliveryTag, multiple, requeue), deliveryTag, multiple, cancellationToken));

    public ValueTask BasicRejectAsync(ulong deliveryTag, bool requeue, CancellationToken cancellationToken = default) =>
        new(SettleAsync(new Reject(deliveryTag, requeue), deliveryTag, multiple: false, cancellationToken));

    public async ValueTask BasicPublishAsync<TProperties>(
        string exchange, string routingKey, bool mandatory, TProperties basicProperties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        where TProperties : IReadOnlyBasicProperties, IAmqpHeader
    {
        var publish = new Publish(exchange, routingKey, mandatory, basicProperties, body.ToArray());
        await AskAsync(publish, cancellationToken);
        if (confirms)
        {
            await ConfirmAsync(publish, Interlocked.Increment(ref _lastPublish));
        }
    }

    public Task CloseAsync(ushort replyCode, string replyText, bool abort, CancellationToken cancellationToken = default) =>
        CloseAsync(new ShutdownEventArgs(ShutdownInitiator.Application, replyCode, replyText), abort, cancellationToken);

    public Task CloseAsync(ShutdownEventArgs reason, bool abort) => CloseAsync(reason, abort, CancellationToken.None);

    public async Task CloseAsync(ShutdownEventArgs reason, bool abort, CancellationToken cancellationToken = default)
    {
        if (IsOpen)
        {
            await AskAsync(new CloseChannel(), cancellationToken);
            await EndAsync(reason);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync(new ShutdownEventArgs(ShutdownInitiator.Application, Constants.ReplySuccess, "Goodbye"), abort: true, CancellationToken.None);
        }
        catch (OperationInterruptedException)
        {
            // Disposing never fails.
        }
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public Task ExchangeDeclareAsync(
        string exchange, string type, bool durable, bool autoDelete, IDictionary<string, object?>? arguments = null, bool passive = false, bool noWait = false,
        CancellationToken cancellationToken = default) => AskAsync(new Declaration("exchange", exchange), cancellationToken);

    public Task ExchangeDeclarePassiveAsync(string exchange, CancellationToken cancellationToken = default) => AskAsync(new LookFor("exchange", exchange), cancellationToken);

    public Task ExchangeBindAsync(
        string destination, string source, string routingKey, IDictionary<string, object?>? arguments = null, bool noWait = false,
        CancellationToken cancellationToken = default) => AskAsync(new Bind(source, routingKey, destination), cancellationToken);

    public Task ExchangeUnbindAsync(
        string destination, string source, string routingKey, IDictionary<string, object?>? arguments = null, bool noWait = false,
        CancellationToken cancellationToken = default) => AskAsync(new Unbind(source, routingKey, destination), cancellationToken);

    public async Task<QueueDeclareOk> QueueDeclareAsync(
        string queue, bool durable, bool exclusive, bool autoDelete, IDictionary<string, object?>? arguments = null, bool passive = false, bool noWait = false,
        CancellationToken cancellationToken = default)
    {
        await AskAsync(new Declaration("queue", queue), cancellationToken);
        return Broker.Look(queue);
    }

    public async Task<QueueDeclareOk> QueueDeclarePassiveAsync(string queue, CancellationToken cancellationToken = default)
    {
        await AskAsync(new LookFor("queue", queue), cancellationToken);
        return Broker.Look(queue);
    }

    public async Task<uint> MessageCountAsync(string queue, CancellationToken cancellationToken = default)
    {
        await AskAsync(new CountMessages(queue), cancellationToken);
        return Broker.Look(queue).MessageCount;
    }

    public Task QueueBindAsync(
        string queue, string exchange, string routingKey, IDictionary<string, object?>? arguments = null, bool noWait = false,
        CancellationToken cancellationToken = default) => AskAsync(new Bind(exchange, routingKey, queue), cancellationToken);

    public Task QueueUnbindAsync(
        string queue, string exchange, string routingKey, IDictionary<string, object?>? arguments = null, CancellationToken cancellationToken = default) =>
        AskAsync(new Unbind(exchange, routingKey, queue), cancellationToken);

    // What nothing here has asked so far.
    public ValueTask<ulong> GetNextPublishSequenceNumberAsync(CancellationToken cancellationToken = default) => new(_lastPublish + 1);

    public Task<BasicGetResult?> BasicGetAsync(string queue, bool autoAck, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask BasicPublishAsync<TProperties>(
        string exchange, string routingKey, bool mandatory, TProperties basicProperties, ReadOnlyMemory<byte> body, IDisposable? bodyOwner, CancellationToken cancellationToken = default)
        where TProperties : IReadOnlyBasicProperties, IAmqpHeader => throw new NotSupportedException();

    public ValueTask BasicPublishAsync<TProperties>(
        CachedString exchange, CachedString routingKey, bool mandatory, TProperties basicProperties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        where TProperties : IReadOnlyBasicProperties, IAmqpHeader => throw new NotSupportedException();

    public ValueTask BasicPublishAsync<TProperties>(
        CachedString exchange, CachedString routingKey, bool mandatory, TProperties basicProperties, ReadOnlyMemory<byte> body, IDisposable? bodyOwner,
        CancellationToken cancellationToken = default)
        where TProperties : IReadOnlyBasicProperties, IAmqpHeader => throw new NotSupportedException();

    public Task ExchangeDeleteAsync(string exchange, bool ifUnused = false, bool noWait = false, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<uint> QueueDeleteAsync(string queue, bool ifUnused, bool ifEmpty, bool noWait = false, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<uint> QueuePurgeAsync(string queue, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<uint> ConsumerCountAsync(string queue, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task TxCommitAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task TxRollbackAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task TxSelectAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    internal Task OpenAsync(CancellationToken cancellationToken) => AskAsync(new OpenChannel(), cancellationToken);

    internal async Task EndAsync(ShutdownEventArgs reason)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is not null)
        {
            return;
        }

        if (ChannelShutdownAsync is { } shutdown)
        {
            await shutdown(this, reason);
        }

        foreach ((_, IAsyncBasicConsumer consumer) in TakeConsumers())
        {
            await consumer.HandleChannelShutdownAsync(this, reason);
        }

        // Last, as the client does it: who waits for an answer learns of the end after those who were told of it.
        _ended.TrySetResult();
    }

    private async Task AskAsync(Request request, CancellationToken cancellationToken)
    {
        if (CloseReason is { } closed)
        {
            _askedInVain.Enqueue(request);
            throw new AlreadyClosedException(closed);
        }

        _asked.Enqueue(request);
        await Broker.AnswerAsync(this, request, cancellationToken);
        if (CloseReason is { } reason && request is not CloseChannel)
        {
            throw new OperationInterruptedException(reason);
        }
    }

    /// <summary>As the broker takes it: a tag that is not outstanding closes the channel.</summary>
    private async Task SettleAsync(Request request, ulong tag, bool multiple, CancellationToken cancellationToken)
    {
        await AskAsync(request, cancellationToken);
        bool known;
        lock (_gate)
        {
            known = _outstanding.Contains(tag);
            ulong[] settled = !known ? [] : multiple ? [.. _outstanding.TakeWhile(each => each <= tag)] : [tag];
            _outstanding.ExceptWith(settled);
            if (request is Ack)
            {
                _acknowledged.AddRange(settled);
            }
        }

        if (!known)
        {
            await CloseByBrokerAsync(Constants.PreconditionFailed, $"PRECONDITION_FAILED - unknown delivery tag {tag}");
        }
    }

    private async Task ConfirmAsync(Publish publish, ulong sequenceNumber)
    {
        Confirmation confirmation = Broker.Confirms(publish);
        if (confirmation == Confirmation.Return)
        {
            await ReturnByBrokerAsync(publish);
        }

        await (confirmation switch
        {
            Confirmation.Ack or Confirmation.Return => ConfirmByBrokerAsync(sequenceNumber),
            Confirmation.Nack => RefuseByBrokerAsync(sequenceNumber),
            _ => Task.CompletedTask,
        });
    }

    private List<(string Tag, IAsyncBasicConsumer Consumer)> TakeConsumers()
    {
        lock (_gate)
        {
            List<(string, IAsyncBasicConsumer)> taken = [.. _consumers];
            _consumers.Clear();
            return taken;
        }
    }
}

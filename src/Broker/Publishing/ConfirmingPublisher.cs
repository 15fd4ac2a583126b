using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// Publishes with confirms over one channel, for any number of callers. When the channel is lost, what was not confirmed is
/// sent again under the same ids before anything new: a caller sees a loss of connection only when it outlasts its timeout.
/// </summary>
internal sealed class ConfirmingPublisher : IAsyncDisposable, IDisposable
{
    private readonly BrokerConnection _connection;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly PublishQueue _queue = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly PublishWriter _writer;
    private readonly ConfirmTelemetry? _telemetry;
    private readonly Lazy<Task> _writing;

    public ConfirmingPublisher(BrokerConnections connections, IOptions<BrokerQueuesOptions> options, TimeProvider time, ILoggerFactory loggers,
        ConfirmTelemetry? telemetry = null)
    {
        _connection = connections.Publishing;
        _time = time;
        _timeout = options.Value.PublishTimeout;
        _writer = new PublishWriter(_connection, _queue, options.Value.MaxOutstandingConfirms, new BrokerNames(options.Value.Prefix), time, loggers.CreateGuarded("BrokerQueues.Publishing"));
        _telemetry = telemetry;
        telemetry?.Observe(() => _writer.Outstanding);
        _writing = new Lazy<Task>(() => Background.Run(() => _writer.RunAsync(_stopping.Token)));
    }

    /// <summary>How many publishes wait to be sent.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Publishes; returns when the broker has confirmed. Messages are sent in the order of the calls.</summary>
    /// <exception cref="PublishFailedException">It was not confirmed; its kind says why.</exception>
    /// <exception cref="ObjectDisposedException">The publisher has been disposed, and nothing was sent.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired; it may have been sent.</exception>
    public async Task PublishAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        message.Properties.Headers = SealedHeaders.Of(message.Properties.Headers);
        var publish = new PendingPublish(message) { Clock = _telemetry?.CreateClock() };
        bool isDisposed = !_queue.TryAdd(publish);
        ObjectDisposedException.ThrowIf(isDisposed, this);

        _ = _writing.Value;
        try
        {
            await publish.Task.WaitAsync(_timeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            bool wasOver = !publish.TryGiveUp();
            _queue.Remove(publish);
            if (wasOver)
            {
                // The broker answered in the last moment, and its answer counts.
                await publish.Task.ConfigureAwait(false);
            }
            else if (exception is TimeoutException)
            {
                throw NotConfirmed(publish);
            }
            else
            {
                throw;
            }
        }
        finally
        {
            if (publish.Clock is { } clock)
            {
                _telemetry!.Record(clock);
            }
        }
    }

    /// <summary>Fails at once what is not confirmed. The channel is left to end with its connection: whoever leaves waits for no answer of the broker.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Complete();
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        _ = _stopping.CancelAsync();
        while (_queue.TryTake(out PendingPublish? waiting))
        {
            FailAsDisposed(waiting);
        }

        if (!_writing.IsValueCreated)
        {
            return;
        }

        try
        {
            await _writing.Value.WaitAsync(BrokerCall.Leave, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It obeys its token everywhere. Were it not so, its callers would still have their own timeouts.
            return;
        }

        foreach (PendingPublish unconfirmed in _writer.TakeUnconfirmed())
        {
            FailAsDisposed(unconfirmed);
        }
    }

    /// <summary>For containers that are disposed without await; it blocks for a moment, 3 s at the most.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static void FailAsDisposed(PendingPublish publish) => publish.Fail(PublishFailure.Disposed, "the publisher has been disposed");

    private PublishFailedException NotConfirmed(PendingPublish publish)
    {
        (PublishFailure failure, string reason) =
            publish.Returned ? (PublishFailure.Unroutable, "no queue is bound to the exchange with this routing key")
            : _connection.BlockedReason is { } blocked ? (PublishFailure.Blocked, blocked)
            : (PublishFailure.Unconfirmed, _connection.Describe());
        return new PublishFailedException(failure, publish.Message, publish.MayHaveArrived, reason);
    }
}

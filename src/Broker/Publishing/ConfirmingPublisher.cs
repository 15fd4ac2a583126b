using System.Threading.Channels;
using BrokerQueues.Broker.Connection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// Publishes with confirms over one channel, for any number of callers. When the channel is lost, what was not confirmed is
/// sent again under the same ids before anything new: a caller sees a loss of connection only when it outlasts its timeout.
/// </summary>
internal sealed class ConfirmingPublisher : IAsyncDisposable, IDisposable
{
    private const ushort NotFound = 404;
    private const ushort ConnectionForced = 320;

    private readonly BrokerConnection _connection;
    private readonly ExchangeDirectory _exchanges;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _timeout;
    private readonly int _capacity;
    private readonly Channel<PendingPublish> _incoming = Channel.CreateUnbounded<PendingPublish>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lazy<Task> _writing;

    // Owned by the writer: what a lost channel left unconfirmed, to be sent before anything new.
    private Queue<PendingPublish> _again = new();

    // Owned by the writer: a message may have closed the channel, so the unconfirmed go out one by one until it is found.
    private bool _oneByOne;

    public ConfirmingPublisher(BrokerConnections connections, IOptions<BrokerQueuesOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        _connection = connections.Publishing;
        _exchanges = new ExchangeDirectory(_connection);
        _time = time;
        _logger = loggers.CreateLogger("BrokerQueues.Publishing");
        _timeout = options.Value.PublishTimeout;
        _capacity = options.Value.MaxOutstandingConfirms;
        _writing = new Lazy<Task>(() => Task.Run(WriteAsync));
    }

    /// <summary>Publishes; returns when the broker has confirmed. Messages are sent in the order of the calls.</summary>
    /// <exception cref="TaskPublishException">It was not confirmed; the derived types say why.</exception>
    public async Task PublishAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var publish = new PendingPublish(message);
        if (!_incoming.Writer.TryWrite(publish))
        {
            throw new ObjectDisposedException(nameof(ITaskManager), $"Task {message.TaskId} for queue '{message.QueueId}' was not published: the program is shutting down.");
        }

        _ = _writing.Value;
        try
        {
            await publish.Task.WaitAsync(_timeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            publish.TrySetCanceled(CancellationToken.None);
            throw NotConfirmed(message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            publish.TrySetCanceled(cancellationToken);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _incoming.Writer.TryComplete();
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_writing.IsValueCreated)
        {
            await _writing.Value.ConfigureAwait(false);
        }

        while (_incoming.Reader.TryRead(out PendingPublish? unsent))
        {
            _again.Enqueue(unsent);
        }

        foreach (PendingPublish unsent in _again)
        {
            unsent.TrySetException(new TaskPublishException(
                unsent.Message.TaskId, unsent.Message.QueueId,
                $"Task {unsent.Message.TaskId} for queue '{unsent.Message.QueueId}' was not confirmed: the program is shutting down. Publish it again under the same id."));
        }

    }

    /// <summary>For containers that are disposed without await; it blocks until the connection is left.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task WriteAsync()
    {
        CancellationToken stopping = _stopping.Token;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await WriteOverChannelsAsync(stopping).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Shutting down: DisposeAsync tells the callers.
            }
#pragma warning disable CA1031 // Nothing may end the writer while callers wait for it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                PublishingLog.WriterFailed(_logger, exception);
                await Task.Delay(TimeSpan.FromSeconds(1), _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task WriteOverChannelsAsync(CancellationToken stopping)
    {
        while (_again.Count > 0 || await _incoming.Reader.WaitToReadAsync(stopping).ConfigureAwait(false))
        {
            PublishChannel channel;
            try
            {
                IConnection connection = await _connection.GetAsync(stopping).ConfigureAwait(false);
                channel = await PublishChannel.OpenAsync(connection, _capacity, stopping).ConfigureAwait(false);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                // The connection died in between, and its supervisor makes another at its own pace; or the broker does not
                // answer, which the client says by a TaskCanceledException.
                PublishingLog.ChannelFailed(_logger, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, stopping).ConfigureAwait(false);
                continue;
            }

            try
            {
                await SendUntilClosedAsync(channel, stopping).ConfigureAwait(false);
            }
            finally
            {
                _again = new Queue<PendingPublish>(channel.Window.TakeUnconfirmed().Concat(_again));
                await channel.DisposeAsync().ConfigureAwait(false);
            }

            await SortOutAsync(channel.Reason, stopping).ConfigureAwait(false);
        }
    }

    private async Task SendUntilClosedAsync(PublishChannel channel, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(channel.Closed, stopping);
        try
        {
            while (true)
            {
                bool isSuspect = _again.TryDequeue(out PendingPublish? publish);
                if (!isSuspect && !_incoming.Reader.TryRead(out publish))
                {
                    if (!await _incoming.Reader.WaitToReadAsync(ended.Token).ConfigureAwait(false))
                    {
                        return;
                    }

                    continue;
                }

                if (!publish!.IsOver && !await SendAsync(channel, publish, isSuspect, ended.Token).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The channel closed; the caller sorts out what is unconfirmed.
        }
    }

    private async ValueTask<bool> SendAsync(PublishChannel channel, PendingPublish publish, bool isSuspect, CancellationToken ended)
    {
        bool sent = false;
        try
        {
            await _connection.WhenUnblockedAsync(ended).ConfigureAwait(false);
            if (!_exchanges.Knows(publish.Message) && !await FindExchangesAsync(publish, ended).ConfigureAwait(false))
            {
                return true;
            }

            await channel.Window.WaitForRoomAsync(_oneByOne ? 1 : _capacity, ended).ConfigureAwait(false);
            if (_again.Count == 0 && !isSuspect)
            {
                // All that was sent one by one has been answered.
                _oneByOne = false;
            }

            channel.Window.Add(publish);
            sent = true;
            await channel.SendAsync(publish.Message).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!sent)
        {
            SendFirst(publish);
            throw;
        }
        catch (Exception exception) when (exception is AlreadyClosedException or OperationInterruptedException or IOException or ObjectDisposedException)
        {
            return false;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The client could not write the message, but has counted it: sequence numbers no longer agree, so this channel ends.
            publish.TrySetException(new TaskPublishException(
                publish.Message.TaskId, publish.Message.QueueId,
                $"Task {publish.Message.TaskId} for queue '{publish.Message.QueueId}' cannot be written as a message: {exception.Message}", exception));
            return false;
        }
    }

    /// <summary>Asks the broker for what a message needs. False where the publish has ended, or has to be tried again.</summary>
    private async Task<bool> FindExchangesAsync(PendingPublish publish, CancellationToken ended)
    {
        try
        {
            if (await _exchanges.HasAsync(publish.Message, ended).ConfigureAwait(false))
            {
                return true;
            }

            publish.TrySetException(new TaskQueueNotFoundException(publish.Message.TaskId, publish.Message.QueueId));
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason is { Initiator: ShutdownInitiator.Peer, ReplyCode: not ConnectionForced } reason)
        {
            publish.TrySetException(Refused(publish.Message, reason, exception));
        }
        catch (Exception exception) when (exception is AlreadyClosedException or OperationInterruptedException or IOException or TimeoutException)
        {
            // The connection went away under the question; ask again over the next one.
            PublishingLog.ChannelFailed(_logger, exception.Message);
            // Throws when the channel has closed as well; the caller then keeps the message, and keeping it here too would send it twice.
            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, ended).ConfigureAwait(false);
            SendFirst(publish);
        }

        return false;
    }

    private void SendFirst(PendingPublish publish) => _again = new Queue<PendingPublish>(_again.Prepend(publish));

    private async Task SortOutAsync(ShutdownEventArgs? reason, CancellationToken stopping)
    {
        if (_again.Count == 0 || reason is null)
        {
            return;
        }

        PublishingLog.ChannelClosed(_logger, reason.ReplyCode, reason.ReplyText, _again.Count);
        if (reason.ReplyCode == NotFound)
        {
            await FailThoseWithoutExchangeAsync(stopping).ConfigureAwait(false);
            return;
        }

        if (reason.Initiator != ShutdownInitiator.Peer || reason.ReplyCode == ConnectionForced)
        {
            return;
        }

        // The broker objected to something that was sent.
        if (_oneByOne)
        {
            PendingPublish culprit = _again.Dequeue();
            culprit.TrySetException(Refused(culprit.Message, reason, null));
        }

        _oneByOne = true;
    }

    private async Task FailThoseWithoutExchangeAsync(CancellationToken stopping)
    {
        _exchanges.Forget();
        foreach (PendingPublish publish in _again)
        {
            try
            {
                if (!publish!.IsOver && !await _exchanges.HasAsync(publish.Message, stopping).ConfigureAwait(false))
                {
                    publish.TrySetException(new TaskQueueNotFoundException(publish.Message.TaskId, publish.Message.QueueId));
                }
            }
            catch (Exception exception) when (exception is AlreadyClosedException or OperationInterruptedException or IOException or TimeoutException ||
                (exception is OperationCanceledException && !stopping.IsCancellationRequested))
            {
                // Could not ask: publishing again asks again.
                PublishingLog.ChannelFailed(_logger, exception.Message);
                return;
            }
        }
    }

    private static TaskPublishException Refused(OutboundMessage message, ShutdownEventArgs reason, Exception? exception) => new(
        message.TaskId, message.QueueId,
        $"Task {message.TaskId} for queue '{message.QueueId}' was refused by the broker: {reason.ReplyCode} {reason.ReplyText}.", exception);

    private TaskPublishException NotConfirmed(OutboundMessage message) => _connection.BlockedReason is { } blocked
        ? new BrokerBlockedException(message.TaskId, message.QueueId, _timeout, blocked)
        : new BrokerUnavailableException(message.TaskId, message.QueueId, _timeout, _connection.Describe());
}

using System.Threading.Channels;
using BrokerQueues.Broker.Connection;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// The one loop that sends. It owns what a lost channel left unconfirmed, and sends that before anything new; it finds out which
/// message the broker objected to, so that one bad message fails alone.
/// </summary>
internal sealed class PublishWriter(BrokerConnection connection, ChannelReader<PendingPublish> incoming, int capacity, TimeProvider time, ILogger logger)
{
    private const ushort NotFound = 404;
    private const ushort ConnectionForced = 320;

    private readonly ExchangeDirectory _exchanges = new(connection);

    // What a lost channel left unconfirmed, to be sent before anything new.
    private Queue<PendingPublish> _again = new();

    // A message may have closed the channel, so the unconfirmed go out one by one until it is found.
    private bool _oneByOne;

    /// <summary>Sends until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await WriteOverChannelsAsync(stopping).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Shutting down: the publisher tells the callers.
            }
#pragma warning disable CA1031 // Nothing may end the writer while callers wait for it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                PublishingLog.WriterFailed(logger, exception);
                await Task.Delay(TimeSpan.FromSeconds(1), time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What has not been confirmed; once the loop has ended.</summary>
    public IEnumerable<PendingPublish> TakeUnsent()
    {
        foreach (PendingPublish unsent in _again)
        {
            yield return unsent;
        }

        while (incoming.TryRead(out PendingPublish? unsent))
        {
            yield return unsent;
        }
    }

    private async Task WriteOverChannelsAsync(CancellationToken stopping)
    {
        while (_again.Count > 0 || await incoming.WaitToReadAsync(stopping).ConfigureAwait(false))
        {
            PublishChannel channel;
            try
            {
                IConnection open = await connection.GetAsync(stopping).ConfigureAwait(false);
                channel = await PublishChannel.OpenAsync(open, capacity, stopping).ConfigureAwait(false);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                // The connection died in between, and its supervisor makes another at its own pace; or the broker does not
                // answer, which the client says by a TaskCanceledException.
                PublishingLog.ChannelFailed(logger, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, stopping).ConfigureAwait(false);
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
                if (!isSuspect && !incoming.TryRead(out publish))
                {
                    if (!await incoming.WaitToReadAsync(ended.Token).ConfigureAwait(false))
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
            await connection.WhenUnblockedAsync(ended).ConfigureAwait(false);
            if (!_exchanges.Knows(publish.Message) && !await FindExchangesAsync(publish, ended).ConfigureAwait(false))
            {
                return true;
            }

            await channel.Window.WaitForRoomAsync(_oneByOne ? 1 : capacity, ended).ConfigureAwait(false);
            if (_again.Count == 0 && !isSuspect)
            {
                // All that was sent one by one has been answered.
                _oneByOne = false;
            }

            if (!publish.TryClaim())
            {
                // Given up while it waited for the alarm, the exchange or room.
                return true;
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
            PublishingLog.ChannelFailed(logger, exception.Message);
            // Throws when the channel has closed as well; the caller then keeps the message, and keeping it here too would send it twice.
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, ended).ConfigureAwait(false);
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

        PublishingLog.ChannelClosed(logger, reason.ReplyCode, reason.ReplyText, _again.Count);
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
                PublishingLog.ChannelFailed(logger, exception.Message);
                return;
            }
        }
    }

    private static TaskPublishException Refused(OutboundMessage message, ShutdownEventArgs reason, Exception? exception) => new(
        message.TaskId, message.QueueId,
        $"Task {message.TaskId} for queue '{message.QueueId}' was refused by the broker: {reason.ReplyCode} {reason.ReplyText}.", exception);
}

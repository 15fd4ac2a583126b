using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// The one loop that sends. What a lost channel left unconfirmed it sends before anything new.
/// </summary>
internal sealed class PublishWriter(BrokerConnection connection, PublishQueue incoming, int capacity, BrokerNames names, TimeProvider time, ILogger logger)
{
    private readonly ExchangeDirectory _exchanges = new(connection, time);

    private readonly UnconfirmedPublishes _again = new();
    private volatile ConfirmWindow? _window;

    /// <summary>How many are sent and not answered yet.</summary>
    public int Outstanding => _window?.Count ?? 0;

    /// <summary>Sends until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var unroutable = new UnroutablePublishes(connection, names, time, stopping);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await WriteOverChannelsAsync(unroutable.Add, stopping).ConfigureAwait(false);
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
                await Task.Delay(TimeSpan.FromSeconds(1), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What it has taken and what has not been confirmed; once the loop has ended.</summary>
    public IReadOnlyCollection<PendingPublish> TakeUnconfirmed() => _again.TakeAll();

    private async Task WriteOverChannelsAsync(Action<PendingPublish> unroutable, CancellationToken stopping)
    {
        while (_again.Count > 0 || await incoming.WaitAsync(stopping).ConfigureAwait(false))
        {
            PublishChannel channel;
            try
            {
                IConnection open = await connection.GetAsync(stopping).ConfigureAwait(false);
                channel = await PublishChannel.OpenAsync(open, capacity, unroutable, time, stopping).ConfigureAwait(false);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                // The connection died in between, and its supervisor makes another at its own pace; or the broker does not answer.
                Tell(exception);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, stopping).ConfigureAwait(false);
                continue;
            }

            _window = channel.Window;
            bool isComplete;
            try
            {
                isComplete = await SendUntilClosedAsync(channel, stopping).ConfigureAwait(false);
            }
            finally
            {
                _again.PutFirst(channel.Window.TakeUnconfirmed());
                channel.LeaveBehind();
            }

            if (isComplete)
            {
                // The publisher is disposed of, and tells the callers; sent over another channel, what is unconfirmed would arrive twice.
                return;
            }

            await RecoverAfterCloseAsync(channel.Reason, stopping).ConfigureAwait(false);
            stopping.ThrowIfCancellationRequested();
        }
    }

    /// <returns>Whether nothing more will come to be sent.</returns>
    private async Task<bool> SendUntilClosedAsync(PublishChannel channel, CancellationToken stopping)
    {
        using var watch = new StandstillWatch(connection, channel, time, logger);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(channel.Closed, stopping);
        try
        {
            while (true)
            {
                bool isSuspect = _again.TryTake(out PendingPublish? publish);
                if (!isSuspect && !incoming.TryTake(out publish))
                {
                    if (!await incoming.WaitAsync(ended.Token).ConfigureAwait(false))
                    {
                        return true;
                    }

                    continue;
                }

                if (!publish!.IsOver && !await SendAsync(channel, watch, publish, isSuspect, ended.Token).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The channel closed; the caller recovers what is unconfirmed.
            return false;
        }
    }

    private async ValueTask<bool> SendAsync(PublishChannel channel, StandstillWatch watch, PendingPublish publish, bool isSuspect, CancellationToken ended)
    {
        bool sent = false;
        try
        {
            do
            {
                await connection.WhenUnblockedAsync(ended).ConfigureAwait(false);
                if (!_exchanges.Knows(publish.Message) && !await FindExchangesAsync(publish, ended).ConfigureAwait(false))
                {
                    return true;
                }

                await WaitForRoomAsync(channel.Window, watch, ended).ConfigureAwait(false);
            }
            while (connection.BlockedReason is not null); // An alarm may have gone off meanwhile.

            if (_again.Count == 0 && !isSuspect)
            {
                _again.NoneIsBad();
            }

            if (!publish.TryClaim(out OutboundMessage toSend))
            {
                // Given up while it waited for the alarm, the exchange or room.
                return true;
            }

            publish.Clock?.Start();
            channel.Window.Add(publish);
            sent = true;
            watch.Begin("to take what is written");
            await channel.SendAsync(toSend, ended).ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (!sent)
        {
            _again.PutFirst(publish);
            throw;
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception, CancellationToken.None) || channel.Reason is not null)
        {
            // Also where the channel was given up.
            return false;
        }
        catch (Exception exception)
        {
            // The client could not write the message, but has counted it: sequence numbers no longer agree, so this channel ends.
            publish.Fail(PublishFailure.Unwritable, ExceptionText.MessageOf(exception), exception);
            return false;
        }
        finally
        {
            watch.End();
        }
    }

    private async ValueTask WaitForRoomAsync(ConfirmWindow window, StandstillWatch watch, CancellationToken ended)
    {
        Task room = window.WaitForRoomAsync(_again.IsOneByOne ? 1 : capacity, ended);
        if (!room.IsCompletedSuccessfully)
        {
            watch.Begin("to confirm what was sent");
            await room.ConfigureAwait(false);
        }
    }

    /// <summary>Asks the broker for what a message needs. False where the publish has ended, or has to be tried again.</summary>
    private async Task<bool> FindExchangesAsync(PendingPublish publish, CancellationToken ended)
    {
        try
        {
            if (await _exchanges.FindMissingAsync(publish.Message, ended).ConfigureAwait(false) is not { } missing)
            {
                return true;
            }

            PublishRefusal.FailForWantOf(missing, publish);
        }
        catch (RefusedByBrokerException refused)
        {
            PublishRefusal.FailAsRefused(publish, refused.ShutdownReason!, refused);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception, ended))
        {
            // The connection went away under the question, or the broker does not answer; ask again over the next one.
            Tell(exception);
            // Throws when the channel has closed as well; the caller then keeps the message, and keeping it here too would send it twice.
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, ended).ConfigureAwait(false);
            _again.PutFirst(publish);
        }

        return false;
    }

    private async Task RecoverAfterCloseAsync(ShutdownEventArgs? reason, CancellationToken stopping)
    {
        if (_again.Count == 0 || reason is null)
        {
            return;
        }

        PublishingLog.ChannelClosed(logger, reason.ReplyCode, reason.ReplyText, _again.Count);
        if (reason.ReplyCode == Constants.NotFound)
        {
            await FailThoseWithoutExchangeAsync(stopping).ConfigureAwait(false);
            return;
        }

        if (reason.Initiator != ShutdownInitiator.Peer || reason.ReplyCode == Constants.ConnectionForced)
        {
            return;
        }

        // The broker objected to something that was sent.
        _again.OneIsBad(reason);
    }

    private async Task FailThoseWithoutExchangeAsync(CancellationToken stopping)
    {
        _exchanges.Forget();
        foreach (PendingPublish publish in _again.All)
        {
            try
            {
                if (!publish.IsOver && await _exchanges.FindMissingAsync(publish.Message, stopping).ConfigureAwait(false) is { } missing)
                {
                    PublishRefusal.FailForWantOf(missing, publish);
                }
            }
            catch (Exception exception) when (BrokerErrors.MeansGone(exception, stopping))
            {
                // Could not ask: publishing again asks again.
                Tell(exception);
                return;
            }
        }
    }

    private void Tell(Exception exception)
    {
        if (exception is TimeoutException or OperationCanceledException)
        {
            // The client says an unanswered question by a bare TaskCanceledException.
            PublishingLog.Unanswered(logger, exception is TimeoutException ? exception.Message : "the broker has not answered");
        }
        else
        {
            PublishingLog.ChannelFailed(logger, ExceptionText.MessageOf(exception));
        }
    }
}

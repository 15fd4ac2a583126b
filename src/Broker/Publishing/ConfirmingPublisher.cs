using System.Threading.Channels;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
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
    private readonly Channel<PendingPublish> _incoming = Channel.CreateUnbounded<PendingPublish>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly PublishWriter _writer;
    private readonly Lazy<Task> _writing;

    public ConfirmingPublisher(BrokerConnections connections, IOptions<BrokerQueuesOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        _connection = connections.Publishing;
        _time = time;
        _timeout = options.Value.PublishTimeout;
        _writer = new PublishWriter(_connection, _incoming.Reader, options.Value.MaxOutstandingConfirms, time, loggers.CreateGuarded("BrokerQueues.Publishing"));
        _writing = new Lazy<Task>(() => Background.Run(() => _writer.RunAsync(_stopping.Token)));
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
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            if (!publish.TrySetCanceled(CancellationToken.None))
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

        foreach (PendingPublish unsent in _writer.TakeUnsent())
        {
            unsent.TrySetException(new TaskPublishException(
                unsent.Message.TaskId, unsent.Message.QueueId,
                $"Task {unsent.Message.TaskId} for queue '{unsent.Message.QueueId}' was not confirmed: the program is shutting down. " +
                $"{(unsent.MayHaveArrived ? "It may have arrived all the same." : "It was never sent.")} {TaskPublishException.PublishAgain(unsent.MayHaveArrived)}"));
        }
    }

    /// <summary>For containers that are disposed without await; it blocks until the connection is left.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private TaskPublishException NotConfirmed(PendingPublish publish) => _connection.BlockedReason is { } blocked
        ? new BrokerBlockedException(publish.Message.TaskId, publish.Message.QueueId, _timeout, blocked, publish.MayHaveArrived)
        : new BrokerUnavailableException(publish.Message.TaskId, publish.Message.QueueId, _timeout, _connection.Describe(), publish.MayHaveArrived);
}

using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Settlement;

/// <summary>
/// Publishes the copies of tasks that go on elsewhere, until the broker has confirmed them: through reconnects, full queues and places
/// that are gone and are declared again.
/// </summary>
internal sealed class CopyPublisher
{
    /// <summary>How often a copy that the broker refuses outright is tried before the broker is left to dead-letter the original.</summary>
    private const int MaxRefusals = 3;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);

    private readonly ConfirmingPublisher _publisher;
    private readonly BrokerConnections _connections;
    private readonly TopologyKeeper _topology;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<CopyFate> _copying;

    public CopyPublisher(
        ConfirmingPublisher publisher, BrokerConnections connections, TopologyKeeper topology,
        IOptions<BrokerQueuesOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        _publisher = publisher;
        _connections = connections;
        _topology = topology;
        _logger = loggers.CreateGuarded("BrokerQueues.Queue");
        _copying = Backoff.Create<CopyFate>(
            s_firstPause, options.Value.MaxReconnectDelay, time,
            static (outcome, failedBefore) => outcome.Exception is { } exception && !IsOver(exception) &&
                (exception is not PublishFailedException { IsRefusal: true } || failedBefore < MaxRefusals),
            (failure, pause) => SettlementLog.CopyFailed(_logger, ExceptionText.MessageOf(failure!), pause.TotalSeconds));
    }

    /// <summary>Publishes a copy.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="taskId">The task that it is, for the log.</param>
    /// <param name="queueId">The queue of the task, for the log.</param>
    /// <param name="target">What is declared again where the copy finds no queue.</param>
    /// <param name="lost">Fires when the original can no longer be settled, and the copy is of no use.</param>
    /// <returns>Whether it is confirmed, refused for good, or given up.</returns>
    public async Task<CopyFate> PublishAsync(OutboundMessage copy, TaskId taskId, string queueId, IReadOnlyList<TopologyPart> target, CancellationToken lost)
    {
        try
        {
            return await _copying.ExecuteAsync(token => TryPublishAsync(copy, queueId, target, token), lost).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOver(exception))
        {
            // The session is gone, or the program is shutting down.
            return CopyFate.GivenUp;
        }
        catch (PublishFailedException exception)
        {
            SettlementLog.CopyRefused(_logger, taskId, queueId, exception.Message);
            return CopyFate.Refused;
        }
    }

    private async ValueTask<CopyFate> TryPublishAsync(OutboundMessage copy, string queueId, IReadOnlyList<TopologyPart> target, CancellationToken cancellationToken)
    {
        try
        {
            await _publisher.PublishAsync(copy, cancellationToken).ConfigureAwait(false);
            return CopyFate.Confirmed;
        }
        catch (PublishFailedException exception) when (exception.IsTargetMissing)
        {
            // The place it goes to is gone: declare it again, and let the retry find it.
            SettlementLog.TargetMissing(_logger, copy.RoutingKey, queueId);
            await RestoreAsync(queueId, target, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task RestoreAsync(string queueId, IReadOnlyList<TopologyPart> target, CancellationToken cancellationToken)
    {
        try
        {
            // Not over the consuming connection: a broker that cannot write its metadata closes it, and with it every running task.
            IConnection connection = await _connections.Publishing.GetAsync(cancellationToken).ConfigureAwait(false);
            await _topology.RestoreAsync(connection, target, BindingScope.All, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the copy is tried again and repairs again.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            SettlementLog.RepairFailed(_logger, queueId, ExceptionText.MessageOf(exception));
        }
    }

    /// <summary>Whether nothing more is published for it: the session is gone, or the program is shutting down.</summary>
    private static bool IsOver(Exception exception) =>
        exception is OperationCanceledException or ObjectDisposedException or PublishFailedException { Failure: PublishFailure.Disposed };
}

/// <summary>What became of a copy.</summary>
internal enum CopyFate
{
    Confirmed,

    /// <summary>The broker will not take it.</summary>
    Refused,

    /// <summary>Nobody can settle the original any more, or the program ends.</summary>
    GivenUp,
}

using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Worker.Execution;

/// <summary>
/// Keeps a queue with <see cref="FailureBehavior.Halt"/> from going on while a failed task lies in its parking queues. The
/// parking queues are the state: it holds on all nodes and across restarts, and an operator ends it in the broker's own UI.
/// </summary>
internal sealed class HaltGate(string queueId, IReadOnlyList<string> parkingQueues, QueueInspector inspector, TimeProvider time, ILogger logger)
{
    private volatile bool _halted;

    /// <summary>Whether the queue may go on now.</summary>
    public async ValueTask<bool> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            long count = await inspector.CountAsync(parkingQueues, cancellationToken).ConfigureAwait(false);
            if (count > 0 && !_halted)
            {
                ExecutionLog.Halted(logger, queueId, count);
            }

            _halted = count > 0;
            return !_halted;
        }
        catch (Exception exception) when (exception is AlreadyClosedException or OperationInterruptedException or IOException or TimeoutException or OperationCanceledException)
        {
            // Could not ask; the connection is about to be known as lost. Not going on is the safe answer.
            return false;
        }
    }

    /// <summary>Returns when the queue may go on.</summary>
    public async Task WhenOpenAsync(TimeSpan poll, CancellationToken cancellationToken)
    {
        // Twice in a row: a look at a message in the management UI takes it out for a moment.
        for (int found = 0; _halted && found < 2;)
        {
            await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
            found = await IsEmptyAsync(cancellationToken).ConfigureAwait(false) ? found + 1 : 0;
        }

        if (_halted)
        {
            _halted = false;
            ExecutionLog.Resumed(logger, queueId);
        }
    }

    private async ValueTask<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await inspector.CountAsync(parkingQueues, cancellationToken).ConfigureAwait(false) == 0;
        }
        catch (Exception exception) when (exception is AlreadyClosedException or OperationInterruptedException or IOException or TimeoutException ||
            (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}

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
            Set(count);
            return count == 0;
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
        while (_halted && !await CheckAsync(cancellationToken).ConfigureAwait(false))
        {
            await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Set(long count)
    {
        bool halted = count > 0;
        if (halted == _halted)
        {
            return;
        }

        _halted = halted;
        if (halted)
        {
            ExecutionLog.Halted(logger, queueId, count);
        }
        else
        {
            ExecutionLog.Resumed(logger, queueId);
        }
    }
}

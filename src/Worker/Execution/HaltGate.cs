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

    /// <summary>Whether the queue may go on now; null where that could not be found out, and it may not.</summary>
    public async ValueTask<bool?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            long count = await inspector.CountAsync(parkingQueues, cancellationToken).ConfigureAwait(false);
            if (count > 0)
            {
                Halt(count);
            }

            return count == 0;
        }
        catch (Exception exception) when (exception is AlreadyClosedException or OperationInterruptedException or IOException or TimeoutException or OperationCanceledException)
        {
            // The connection is about to be known as lost.
            return null;
        }
    }

    /// <summary>Halts the queue. A task that has just been parked need not show yet, or may be in the hands of somebody who looks at it.</summary>
    /// <param name="count">How many tasks are known to lie in its parking queues.</param>
    public void Halt(long count)
    {
        if (!_halted)
        {
            _halted = true;
            ExecutionLog.Halted(logger, queueId, count);
        }
    }

    /// <summary>
    /// Returns when the queue may go on. It looks before it lets anybody subscribe: a node that has been started anew knows of no halt, and each
    /// task it took and returned would count towards the delivery limit.
    /// </summary>
    public async Task WhenOpenAsync(TimeSpan poll, Action halted, CancellationToken cancellationToken)
    {
        // Twice in a row, once it is halted: a look at a message in the management UI takes it out for a moment.
        for (int found = 0; ;)
        {
            long count = await inspector.CountAsync(parkingQueues, cancellationToken).ConfigureAwait(false);
            if (count > 0)
            {
                Halt(count);
            }

            found = count == 0 ? found + 1 : 0;
            if (!_halted)
            {
                return;
            }

            if (found == 2)
            {
                _halted = false;
                ExecutionLog.Resumed(logger, queueId);
                return;
            }

            halted();
            await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
        }
    }
}

using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Worker.Pipeline;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Running;

/// <summary>
/// Keeps a queue with <see cref="FailureBehavior.Halt"/> from going on while a failed task lies in its parking queues. The
/// parking queues are the state: it holds on all nodes and across restarts, and an operator ends it in the broker's own UI.
/// </summary>
internal sealed class HaltGate(string queueId, IReadOnlyList<string> parkingQueues, QueueInspector inspector, TimeProvider time, ILogger logger) : IQueueGate
{
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2);

    private ConsumerSession? _foundOpenIn;
    private volatile bool _isHalted;
    private volatile QueueHold? _hold;

    /// <inheritdoc/>
    public QueueHold? Hold => _hold;

    /// <inheritdoc/>
    /// <remarks>A node that has been started anew knows of no halt: it looks.</remarks>
    public async Task WhenOpenAsync(Action closed, CancellationToken cancellationToken)
    {
        // Empty twice in a row, once it is halted: a look at a message in the management UI takes it out for a moment.
        for (int foundEmpty = 0; ;)
        {
            switch (await inspector.TryCountAsync(parkingQueues, cancellationToken).ConfigureAwait(false))
            {
                case 0:
                    foundEmpty++;
                    break;
                case { } count:
                    foundEmpty = 0;
                    Halt(count);
                    break;
                default:
                    foundEmpty = 0;
                    HoldBack(TaskQueueState.NotConsuming, "it could not be found out whether it is halted");
                    ExecutionLog.HaltUnknown(logger, queueId, s_poll.TotalSeconds);
                    await Task.Delay(s_poll, time, cancellationToken).ConfigureAwait(false);
                    continue;
            }

            if (!_isHalted)
            {
                _hold = null;
                return;
            }

            if (foundEmpty == 2)
            {
                _isHalted = false;
                _hold = null;
                ExecutionLog.Resumed(logger, queueId);
                return;
            }

            closed();
            await Task.Delay(s_poll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <remarks>While this node is the active one, tasks are parked only by it; what another has parked shows when a session begins.</remarks>
    public ValueTask<GateAnswer> MayStartAsync(ConsumerSession session, CancellationToken stopping) =>
        _foundOpenIn == session ? new(GateAnswer.Open) : LookAsync(session, stopping);

    /// <inheritdoc/>
    /// <remarks>The task need not show in the count yet, or may be in the hands of somebody who looks at it.</remarks>
    public bool ClosesAsTaskIsParked()
    {
        Halt(count: 1);
        return true;
    }

    private async ValueTask<GateAnswer> LookAsync(ConsumerSession session, CancellationToken stopping)
    {
        try
        {
            switch (await inspector.TryCountAsync(parkingQueues, stopping).ConfigureAwait(false))
            {
                case 0:
                    _foundOpenIn = session;
                    return GateAnswer.Open;
                case { } count:
                    Halt(count);
                    return GateAnswer.Closed;
                default:
                    return GateAnswer.Unknown;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return GateAnswer.Unknown;
        }
    }

    private void Halt(long count)
    {
        HoldBack(TaskQueueState.Halted, $"{count} task(s) lie in {string.Join(" or ", parkingQueues)}. It goes on when they are moved, deleted or purged");
        if (!_isHalted)
        {
            _isHalted = true;
            ExecutionLog.Halted(logger, queueId, count);
        }
    }

    private void HoldBack(TaskQueueState state, string reason) =>
        _hold = new QueueHold(state, _hold is { } hold && hold.State == state ? hold.Since : time.GetUtcNow(), reason);
}

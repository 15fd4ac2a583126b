using BrokerQueues.Worker.Results;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>One execution of a task of a queue, as a list.</summary>
/// <remarks>
/// <code>
/// Own       a broadcast of this node             acknowledged; only with BroadcastFilter.FromOthersOnly
/// Read      delivery -> task                     else Incompatible
/// Bind      task -> processor and directive      else Incompatible
/// Run       trace > principal > middleware > time limit > scope > the processor
/// Judge     what it returned or threw -> outcome
/// Measure   the outcome -> span and metrics
/// Decide    outcome -> plan                      the whole table: ResultPolicy
/// RunAgain  back to Bind, at once or after a wait at the head of the queue
/// Settle    plan -> broker                       DeliverySettler
/// </code>
/// A new step is a class that implements <see cref="ITaskStep"/>, and a line where the node is composed.
/// </remarks>
internal sealed class TaskPipeline(IReadOnlyList<ITaskStep> steps, string queueId, ILogger logger)
{
    private readonly ITaskStep[] _steps = [.. steps];
    private readonly int _bind = steps.Select((step, index) => (step, index)).First(entry => entry.step is BindStep).index;

    /// <summary>Takes a delivery from its bytes to its settlement.</summary>
    public async ValueTask ExecuteAsync(TaskExecution execution)
    {
        for (int next = 0; next < _steps.Length; next = execution.TakeRunAgain() ? _bind : next + 1)
        {
            // Asked before each: every step may take its time, and the broker has then given the task to another consumer.
            ITaskStep step = _steps[next];
            if (execution.IsOver && step.NeedsSession)
            {
                TellUnsettled(execution);
                return;
            }

            await step.ExecuteAsync(execution).ConfigureAwait(false);
        }
    }

    private void TellUnsettled(TaskExecution execution)
    {
        if (execution is { Outcome: { IsIncompatible: false } outcome, Task: { } task, Session.IsOver: true })
        {
            ExecutionLog.Unsettled(logger, task.TaskId, queueId, task.TaskType, outcome.Result);
        }
    }
}

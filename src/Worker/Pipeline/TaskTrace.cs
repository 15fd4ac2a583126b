using System.Diagnostics;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Results;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>
/// The span of one execution. Listeners are the user's code, and what they throw changes nothing for the task. It carries no message of an
/// exception: that may quote the payload.
/// </summary>
internal static class TaskTrace
{
    private static readonly ActivitySource s_activities = new("BrokerQueues");

    /// <summary>Starts it; null where nobody listens.</summary>
    public static Activity? Start(ProcessorDescriptor processor, TaskMessage task, ILogger logger)
    {
        if (!s_activities.HasListeners())
        {
            return null;
        }

        try
        {
            // A trace that cannot be read is no reason not to run the task: it starts a new one.
            _ = ActivityContext.TryParse(task.TraceParent, task.TraceState, isRemote: true, out ActivityContext parent);
            return s_activities.StartActivity($"{processor.QueueId} process", ActivityKind.Consumer, parent)?
                .SetTag("messaging.system", "rabbitmq")
                .SetTag("messaging.destination.name", processor.QueueId)
                .SetTag("messaging.message.id", task.TaskId.Value)
                .SetTag("messaging.operation.type", "process")
                .SetTag("brokerqueues.task.type", task.TaskType)
                .SetTag("brokerqueues.task.attempt", task.Attempt);
        }
#pragma warning disable CA1031 // See above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.TelemetryFailed(logger, exception);
            return null;
        }
    }

    /// <summary>Ends it with what came of the execution.</summary>
    public static void Stop(Activity activity, ExecutionOutcome outcome, ILogger logger)
    {
        try
        {
            using (activity)
            {
                activity.SetTag("brokerqueues.task.result", outcome.Result.ToString());
                if (outcome.Result is TaskProcessingJobResult.Fail or TaskProcessingJobResult.Fatal or TaskProcessingJobResult.Requeue or TaskProcessingJobResult.Retry)
                {
                    SetError(activity, outcome);
                }
            }
        }
#pragma warning disable CA1031 // See above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ExecutionLog.TelemetryFailed(logger, exception);
        }
    }

    private static void SetError(Activity activity, ExecutionOutcome outcome)
    {
        if (outcome.Error is not { } error)
        {
            activity.SetTag("error.type", outcome.Result.ToString());
            activity.SetStatus(ActivityStatusCode.Error, $"The processor returned {outcome.Result}.");
            return;
        }

        string type = ExceptionText.TypeOf(error);
        activity.SetTag("error.type", type);
        activity.SetStatus(ActivityStatusCode.Error, $"{outcome.Result}: {type}");
        activity.AddEvent(new ActivityEvent("exception", tags: new ActivityTagsCollection
        {
            ["exception.type"] = type,
            ["exception.stacktrace"] = ExceptionText.StackOf(error),
        }));
    }
}

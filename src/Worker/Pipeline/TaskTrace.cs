using System.Diagnostics;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Results;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>
/// The span of one run of a task: a child of the span that sent it, and linked to it. Every run has one, also those that follow a Retry or a requeue, and
/// an instantaneous one stands for a task that could not be understood.
/// </summary>
internal static class TaskTrace
{
    /// <summary>Starts it; null where nobody wants it.</summary>
    public static Activity? Start(TaskExecution execution, string queueName, ServerAddress? server, string nodeId)
    {
        (Delivery delivery, TaskMessage? task) = (execution.Delivery, execution.Task);

        // A trace that cannot be read is no reason not to run the task: it starts a new one.
        bool hasParent = ActivityContext.TryParse(task?.TraceParent, task?.TraceState, isRemote: true, out ActivityContext parent);
        TagList tags = TelemetryAttributes.Of(TelemetryAttributes.Process, queueName, server);
        tags.Add(TelemetryAttributes.OperationType, TelemetryAttributes.Process);
        Activity? span = TaskActivities.Start(
            $"{TelemetryAttributes.Process} {queueName}", ActivityKind.Consumer, parent, in tags, hasParent ? [new ActivityLink(parent)] : null);
        if (span is not { IsAllDataRequested: true })
        {
            return span;
        }

        span.SetTag(TelemetryAttributes.RoutingKey, delivery.RoutingKey.Length > 0 ? delivery.RoutingKey : null)
            .SetTag(TelemetryAttributes.DeliveryTag, (long)delivery.Tag)
            .SetTag(TelemetryAttributes.ClientId, nodeId);
        return task is null ? span : span
            .SetTag(TelemetryAttributes.MessageId, task.TaskId.Value)
            .SetTag(TelemetryAttributes.ConversationId, string.IsNullOrEmpty(task.CorrelationId) ? null : task.CorrelationId)
            .SetTag(TelemetryAttributes.TaskType, task.TaskType)
            .SetTag(TelemetryAttributes.TaskAttempt, task.Attempt)
            .SetTag(TelemetryAttributes.TaskRetry, execution.RetryCount)
            .SetTag(TelemetryAttributes.TaskRedrives, task.Redrives);
    }

    /// <summary>Ends it with what came of the run.</summary>
    public static void Stop(Activity span, in ExecutionOutcome outcome)
    {
        using (span)
        {
            if (!span.IsAllDataRequested)
            {
                return;
            }

            span.SetTag(TelemetryAttributes.TaskResult, outcome.Name);
            if (ErrorTypeOf(in outcome) is { } errorType)
            {
                string description = outcome.Error is not null ? $"{outcome.Name}: {errorType}"
                    : outcome.IsIncompatible ? "The task could not be understood."
                    : $"The processor returned {outcome.Name}.";
                TaskActivities.SetError(span, description, errorType, outcome.Error);
            }
        }
    }

    /// <summary>What <c>error.type</c> says: the type of the exception, or the result where none was thrown; null where it is no failure.</summary>
    public static string? ErrorTypeOf(in ExecutionOutcome outcome) =>
        outcome.Result is not (TaskProcessingJobResult.Fail or TaskProcessingJobResult.Fatal or TaskProcessingJobResult.Requeue or TaskProcessingJobResult.Retry) ? null
        : outcome.Error is { } error ? ExceptionText.TypeOf(error)
        : outcome.Name;
}

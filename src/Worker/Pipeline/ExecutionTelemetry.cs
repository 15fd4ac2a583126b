using System.Diagnostics;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Worker.Results;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>
/// What is told of the executions of one queue: a span for each run, and the metrics. Nothing is made, and no clock read, for what nobody listens to; what
/// listeners throw changes nothing.
/// </summary>
internal sealed class ExecutionTelemetry(
    string queueName, ExecutionInstruments instruments, BrokerConnection connection, NodeIdentity node, TimeProvider time, TelemetryErrors errors)
{
    /// <summary>A delivery is taken to be worked on.</summary>
    public void Taken()
    {
        if (instruments.Consumed.IsEnabled)
        {
            instruments.Consumed.AddOne(TelemetryAttributes.Of(TelemetryAttributes.Process, queueName, connection.Server));
        }
    }

    /// <summary>A run begins: its span becomes the current one. For the same async method as the run.</summary>
    public void Begin(TaskExecution execution)
    {
        if (instruments.TimeInQueue.IsEnabled)
        {
            RecordTimeInQueue(execution);
        }

        if (TaskActivities.HasListeners)
        {
            execution.Activity = StartSpan(execution);
        }
    }

    /// <summary>A run has ended and is judged, or there was none because the task could not be understood.</summary>
    public void End(TaskExecution execution)
    {
        ExecutionOutcome outcome = execution.Outcome!.Value;
        if (instruments.ProcessDuration.IsEnabled)
        {
            RecordDuration(execution, in outcome);
        }

        if (instruments.Executed.IsEnabled)
        {
            Count(instruments.Executed, execution, in outcome);
        }

        if (outcome.IsIncompatible && TaskActivities.HasListeners)
        {
            execution.Activity = StartSpan(execution);
        }

        if (execution.Activity is { } span)
        {
            execution.Activity = null;
            StopSpan(span, in outcome);
        }
    }

    /// <summary>The task runs again at once.</summary>
    public void Retried(TaskExecution execution) => CountAgain(instruments.Retried, execution);

    /// <summary>The task runs again later.</summary>
    public void Requeued(TaskExecution execution) => CountAgain(instruments.Requeued, execution);

    private static string TypeOf(TaskExecution execution) => execution.Processor?.Descriptor.TaskType ?? TelemetryAttributes.OtherTaskType;

    private void RecordTimeInQueue(TaskExecution execution)
    {
        if (TimeInQueue.Of(execution, time.GetUtcNow()) is { } waited)
        {
            TagList tags = TelemetryAttributes.Of(queueName);
            tags.Add(TelemetryAttributes.TaskType, TypeOf(execution));
            instruments.TimeInQueue.Record(waited, in tags);
        }
    }

    private void RecordDuration(TaskExecution execution, in ExecutionOutcome outcome)
    {
        TagList tags = TelemetryAttributes.Of(TelemetryAttributes.Process, queueName, connection.Server);
        tags.Add(TelemetryAttributes.OperationType, TelemetryAttributes.Process);
        tags.Add(TelemetryAttributes.TaskType, TypeOf(execution));
        if (TaskTrace.ErrorTypeOf(in outcome) is { } errorType)
        {
            tags.Add(TelemetryAttributes.ErrorType, errorType);
        }

        instruments.ProcessDuration.Record(outcome.IsIncompatible ? TimeSpan.Zero : time.GetElapsedTime(execution.RunningSince), in tags);
    }

    private void CountAgain(GuardedCounter counter, TaskExecution execution)
    {
        if (counter.IsEnabled)
        {
            ExecutionOutcome outcome = execution.Outcome!.Value;
            Count(counter, execution, in outcome);
        }
    }

    private void Count(GuardedCounter counter, TaskExecution execution, in ExecutionOutcome outcome)
    {
        TagList tags = TelemetryAttributes.Of(queueName);
        tags.Add(TelemetryAttributes.TaskType, TypeOf(execution));
        tags.Add(TelemetryAttributes.TaskResult, outcome.Name);
        counter.AddOne(in tags);
    }

    private Activity? StartSpan(TaskExecution execution)
    {
        try
        {
            return TaskTrace.Start(execution, queueName, connection.Server, node.NodeId);
        }
#pragma warning disable CA1031 // Listeners are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            errors.Tell(exception);
            return null;
        }
    }

    private void StopSpan(Activity span, in ExecutionOutcome outcome)
    {
        try
        {
            TaskTrace.Stop(span, in outcome);
        }
#pragma warning disable CA1031 // Listeners are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            errors.Tell(exception);
        }
    }
}

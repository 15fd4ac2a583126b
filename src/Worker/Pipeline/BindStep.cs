using System.Text;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.Worker.Results;
using Newtonsoft.Json;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>Bind: finds the task's processor, and reads its directive; before each run, for a processor may have changed the one it was given.</summary>
internal sealed class BindStep(IReadOnlyDictionary<string, BoundProcessor> processors, IDirectiveSerializer directives) : ITaskStep
{
    private const string MovingDoesNotMend = "Moving it back does not mend it: correct the publisher, publish the task again, and delete this one.";

    public ValueTask ExecuteAsync(TaskExecution execution)
    {
        if (execution.Outcome is not null)
        {
            return default;
        }

        if (!processors.TryGetValue(execution.Task!.TaskType, out BoundProcessor? processor))
        {
            execution.Outcome = ExecutionOutcome.Incompatible(
                $"No processor on this node understands the task type '{execution.Task.TaskType}'. It understands {DescribeKnown()}. Deploy a worker that does, then move the task back.");
            return default;
        }

        execution.Processor = processor;
        if (processor.Descriptor.DirectiveType is { } type)
        {
            ReadDirective(execution, type);
        }

        return default;
    }

    private string DescribeKnown() =>
        string.Join(", ", processors.Keys.Order(StringComparer.Ordinal).Take(20).Select(type => $"'{type}'"));

    private void ReadDirective(TaskExecution execution, Type type)
    {
        try
        {
            execution.Directive = directives.Read(execution.Delivery.Body, type) ?? EmptyDirective.Of(type, directives);
        }
        catch (DecoderFallbackException exception)
        {
            execution.Outcome = Unreadable("The body is not UTF-8: ", MovingDoesNotMend, exception, type);
        }
        catch (EmptyDirectiveException exception)
        {
            execution.Outcome = Unreadable(
                "The task has no body: ", "Publish it again with one, and delete this one; or let the type be made without, deploy it, and move the task back.", exception, type);
        }
        catch (JsonException exception)
        {
            execution.Outcome = Unreadable($"The body is not the JSON of {type.Name}: ", MovingDoesNotMend, exception, type);
        }
#pragma warning disable CA1031 // Setters, converters and constructors of the directive are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            execution.Outcome = Unreadable(
                $"The body could not be made a {type.Name}: ",
                "Correct the code of the directive, deploy it, and move the task back; or publish it again corrected, and delete this one.", exception, type);
        }
    }

    private static ExecutionOutcome Unreadable(string what, string whatToDo, Exception exception, Type directiveType)
    {
        string cause = exception is JsonException { InnerException: not null } ? $" ({DirectiveWriting.Origin(exception)})" : "";
        return ExecutionOutcome.Incompatible(
            $"{what}{ExceptionText.MessageOf(exception)} {whatToDo}",
            exception,
            $"{what}{ExceptionText.TypeOf(exception)}{cause}{JsonPlace.Of(exception, directiveType)}; its message, which may quote the payload, stands in the headers of the parked task. {whatToDo}");
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Discovery;
using Newtonsoft.Json;

namespace BrokerQueues.Worker.Execution;

/// <summary>Why a delivery is Incompatible.</summary>
/// <param name="Details">For the headers of the parked task.</param>
/// <param name="LogText">For the log: the same without what a reader of JSON or the directive's own code says, which may quote the payload.</param>
internal readonly record struct Incompatibility(FailureDetails Details, string LogText);

/// <summary>Makes a delivery a task, its processor and its directive.</summary>
internal sealed class DeliveryReader(string queueName, IReadOnlyDictionary<string, ProcessorDescriptor> processors)
{
    private const string MovingDoesNotMend = "Moving it back does not mend it: correct the publisher, publish the task again, and delete this one.";

    /// <summary>Reads which task it is, and finds its processor.</summary>
    public bool TryReadTask(
        Delivery delivery, [NotNullWhen(true)] out TaskMessage? task, [NotNullWhen(true)] out ProcessorDescriptor? processor, out Incompatibility reason)
    {
        processor = null;
        reason = default;
        if (TaskMessage.TryRead(delivery.Properties, queueName, out task) is { } unreadable)
        {
            reason = Because(null, unreadable);
            return false;
        }

        if (!processors.TryGetValue(task!.TaskType, out processor))
        {
            string known = string.Join(", ", processors.Keys.Order(StringComparer.Ordinal).Take(20).Select(type => $"'{type}'"));
            reason = Because(task, $"No processor on this node understands the task type '{task.TaskType}'. It understands {known}. Deploy a worker that does, then move the task back.");
            return false;
        }

        return true;
    }

    /// <summary>Reads the directive, before each run: a processor may have changed the one it was given. Runs code of the user.</summary>
    public static bool TryReadDirective(Delivery delivery, TaskMessage task, ProcessorDescriptor processor, out TaskDirective? directive, out Incompatibility reason)
    {
        directive = null;
        reason = default;
        if (processor.DirectiveType is not { } type)
        {
            return true;
        }

        try
        {
            directive = DirectiveJson.Read(delivery.Body, type);
            return true;
        }
        catch (DecoderFallbackException exception)
        {
            reason = Because(task, "The body is not UTF-8: ", MovingDoesNotMend, exception, type);
        }
        catch (JsonException exception)
        {
            reason = Because(task, $"The body is not the JSON of {type.Name}: ", MovingDoesNotMend, exception, type);
        }
#pragma warning disable CA1031 // Setters, converters and constructors of the directive are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            reason = Because(
                task, $"The body could not be made a {type.Name}: ",
                "Correct the code of the directive, deploy it, and move the task back; or publish it again corrected, and delete this one.", exception, type);
        }

        return false;
    }

    private static Incompatibility Because(TaskMessage? task, string message) =>
        new(new FailureDetails(nameof(ParkingQueue.Incompatible), null, message, null, Attempts: (task?.Attempt ?? 1) - 1, task?.Redrives ?? 0), message);

    private static Incompatibility Because(TaskMessage task, string what, string whatToDo, Exception exception, Type directiveType)
    {
        string type = ExceptionText.TypeOf(exception);
        string cause = exception is JsonException { InnerException: not null } ? $" ({DirectiveWriting.Origin(exception)})" : "";
        return new(
            new FailureDetails(
                nameof(ParkingQueue.Incompatible), type, $"{what}{ExceptionText.MessageOf(exception)} {whatToDo}", ExceptionText.DescriptionOf(exception),
                Attempts: task.Attempt - 1, task.Redrives),
            $"{what}{type}{cause}{JsonPlace.Of(exception, directiveType)}; its message, which may quote the payload, stands in the headers of the parked task. {whatToDo}");
    }
}

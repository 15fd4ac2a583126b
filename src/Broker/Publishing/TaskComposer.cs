using System.Diagnostics;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Broker.Wire.Json;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Publishing;

/// <summary>Makes the message of a task: its properties and headers by the wire contract, its route, and the limits of what a caller may ask for.</summary>
internal sealed class TaskComposer(
    BrokerNames names, NodeIdentity node, IOptions<BrokerQueuesOptions> options, IDirectiveSerializer directives, TimeProvider time,
    ITaskInitiatorProvider? initiators = null)
{
    private const int MaxDisplayName = 1024;
    private const string NameOneYourself = "Correct it, or set AddTaskOptions.Initiator, to an empty text for nobody.";

    private readonly BrokerQueuesOptions _options = options.Value;

    /// <summary>The message of a task of a concurrent or sequential queue, now or later.</summary>
    /// <exception cref="ArgumentException">An argument is wrong, or the directive cannot be written as JSON.</exception>
    /// <exception cref="TaskTooLargeException">The body is larger than <see cref="BrokerQueuesOptions.MaxBodySize"/>.</exception>
    public OutboundMessage Compose(TaskId id, string queueId, string taskType, ITaskDirective? directive, AddTaskOptions? options)
    {
        TimeSpan delay = DelayOf(options);
        (BasicProperties properties, byte[] body) = ComposeContent(id, queueId, taskType, directive, options);
        string queueName = names.Queue(queueId);
        if (delay <= TimeSpan.Zero)
        {
            return new OutboundMessage(queueName, queueName, Mandatory: true, properties, body);
        }

        (string exchange, string routingKey) = DelayLadder.Route(delay, queueName, names);
        return new OutboundMessage(exchange, routingKey, Mandatory: true, properties, body) { AlsoRequiredExchange = queueName };
    }

    /// <summary>The message of a broadcast: no listener is no error.</summary>
    /// <exception cref="ArgumentException">An argument is wrong, a delay was asked for, or the directive cannot be written as JSON.</exception>
    /// <exception cref="TaskTooLargeException">The body is larger than <see cref="BrokerQueuesOptions.MaxBodySize"/>.</exception>
    public OutboundMessage ComposeBroadcast(TaskId id, string queueId, string taskType, ITaskDirective? directive, AddTaskOptions? options)
    {
        if (options is { Delay: not null } or { NotBefore: not null })
        {
            throw new ArgumentException("A broadcast cannot be delayed: it goes to the nodes that listen now. Delay a task that sends the broadcast instead.", nameof(options));
        }

        (BasicProperties properties, byte[] body) = ComposeContent(id, queueId, taskType, directive, options);
        string exchange = names.Queue(queueId);
        return new OutboundMessage(exchange, exchange, Mandatory: false, properties, body);
    }

    private (BasicProperties Properties, byte[] Body) ComposeContent(TaskId id, string queueId, string taskType, ITaskDirective? directive, AddTaskOptions? options)
    {
        if (BrokerNames.CheckQueueId(queueId) is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(queueId));
        }

        RequireShortString(taskType, nameof(taskType), "task type");
        if (id == default)
        {
            throw new ArgumentException("The task id is empty. Leave TaskId out for a new one, or give one of 1 to 255 bytes.", nameof(options));
        }

        if (options?.DisplayName is { Length: > MaxDisplayName })
        {
            throw new ArgumentException($"A display name has at most {MaxDisplayName} characters.", nameof(options));
        }

        byte[] body = directive is null ? [] : Write(directive, queueId, taskType);
        if (body.Length > _options.MaxBodySize)
        {
            throw new TaskTooLargeException(id, queueId, body.Length, _options.MaxBodySize);
        }

        TaskMessage? cause = ExecutingTask.Current;
        var properties = new BasicProperties
        {
            Type = taskType,
            MessageId = id.Value,
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            Timestamp = new AmqpTimestamp(time.GetUtcNow().ToUnixTimeSeconds()),
            AppId = _options.ApplicationName,
            Headers = Headers(options, cause),
        };
        if ((options?.CorrelationId ?? cause?.TaskId.Value) is { Length: > 0 } correlationId)
        {
            RequireShortString(correlationId, nameof(options), "correlation id");
            properties.CorrelationId = correlationId;
        }

        return (properties, body);
    }

    private byte[] Write(ITaskDirective directive, string queueId, string taskType)
    {
        try
        {
            return directives.Write(directive);
        }
        catch (DirectiveRefusedException exception)
        {
            throw new ArgumentException(
                $"The directive {directive.GetType().Name} for queue '{queueId}' (task type '{taskType}') is not published. {exception.Message} " +
                "Mark what need not be sent with [JsonIgnore], or send a reference to it.",
                nameof(directive), exception);
        }
    }

    private SealedHeaders Headers(AddTaskOptions? options, TaskMessage? cause)
    {
        var headers = new SealedHeaders(4) { [TaskHeaders.SentBy] = node.NodeId };
        if (options?.DisplayName is { } displayName)
        {
            headers[TaskHeaders.DisplayName] = displayName;
        }

        if (FindInitiator(options, cause) is { Length: > 0 } initiator)
        {
            headers[TaskHeaders.Initiator] = initiator;
        }

        if (Activity.Current is { } activity)
        {
            TraceHeaders.Write(headers, activity);
        }

        return headers;
    }

    /// <summary>Who causes the task: whom the caller names, or else who caused the task that adds it, or else whom the program says.</summary>
    private string? FindInitiator(AddTaskOptions? options, TaskMessage? cause)
    {
        if (options?.Initiator is { } given)
        {
            return given.Length > 0 && TaskInitiator.FindFault(given) is { } fault ? throw new ArgumentException(fault, nameof(options)) : given;
        }

        return cause is not null ? cause.Initiator : AskForInitiator();
    }

    private string? AskForInitiator()
    {
        if (initiators is null)
        {
            return null;
        }

        string? answer;
        try
        {
            answer = initiators.FindInitiator();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"The task was not published: {initiators.GetType().Name} threw {ExceptionText.TypeOf(exception)} when it was asked who causes it. {NameOneYourself}", exception);
        }

        return answer is { Length: > 0 } && TaskInitiator.FindFault(answer) is { } fault
            ? throw new InvalidOperationException($"The task was not published: {initiators.GetType().Name} says who causes it, and that is no initiator. {fault} {NameOneYourself}")
            : answer;
    }

    private TimeSpan DelayOf(AddTaskOptions? options)
    {
        if (options is { Delay: not null, NotBefore: not null })
        {
            throw new ArgumentException("Set Delay or NotBefore, not both.", nameof(options));
        }

        TimeSpan delay = options?.Delay ?? (options?.NotBefore - time.GetUtcNow()) ?? TimeSpan.Zero;
        if (delay > AddTaskOptions.MaxDelay || options?.Delay < TimeSpan.Zero)
        {
            throw new ArgumentException($"A delay is from zero to {AddTaskOptions.MaxDelay.TotalDays} days; this one is {delay}.", nameof(options));
        }

        return delay;
    }

    private static void RequireShortString(string value, string parameter, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, parameter);
        if (ShortString.FindFault(value, what) is { } fault)
        {
            throw new ArgumentException(fault, parameter);
        }
    }
}

using System.Diagnostics;
using System.Text;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Broker.Wire.Json;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Publishing;

/// <inheritdoc cref="ITaskManager"/>
internal sealed class TaskManager(
    ConfirmingPublisher publisher, BrokerNames names, NodeIdentity node, IOptions<BrokerQueuesOptions> options, IDirectiveSerializer directives, TimeProvider time,
    SendTelemetry? telemetry = null) : ITaskManager
{
    private const int MaxShortStringBytes = 255;
    private const int MaxDisplayName = 1024;

    /// <summary>How many tasks of one bulk call are on their way; the connection's own bound holds for all callers together.</summary>
    private const int BulkWindow = 512;

    private readonly BrokerQueuesOptions _options = options.Value;

    public async Task<TaskId> AddTaskAsync(
        string queueId, string taskType, ITaskDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default)
    {
        TaskId id = options?.TaskId ?? TaskId.New();
        await AddAsync(id, queueId, taskType, directive, options, cancellationToken).ConfigureAwait(false);
        return id;
    }

    public async Task<TaskId> SendBroadcastAsync(
        string queueId, string taskType, ITaskDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (options is { Delay: not null } or { NotBefore: not null })
        {
            throw new ArgumentException("A broadcast cannot be delayed: it goes to the nodes that listen now. Delay a task that sends the broadcast instead.", nameof(options));
        }

        TaskId id = options?.TaskId ?? TaskId.New();
        OutboundMessage message = Compose(id, queueId, taskType, directive, options, TimeSpan.Zero) with { Mandatory = false };
        await SendAsync(message, cancellationToken).ConfigureAwait(false);
        return id;
    }

    public async Task<IReadOnlyList<TaskId>> AddTasksAsync(IEnumerable<NewTask> tasks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        var ids = new List<TaskId>();
        var failures = new List<AddTaskFailure>();
        var onTheirWay = new Queue<(int Index, Task Publish)>(BulkWindow);
        Exception? unreadBecause = null;
        try
        {
            foreach (NewTask task in tasks)
            {
                if (onTheirWay.Count == BulkWindow)
                {
                    await CollectAsync(onTheirWay, ids, failures).ConfigureAwait(false);
                }

                // A token that fires ends the waiting for all; those not read yet are not added.
                cancellationToken.ThrowIfCancellationRequested();
                TaskId id = task.Options?.TaskId ?? TaskId.New();
                onTheirWay.Enqueue((ids.Count, AddAsync(id, task.QueueId, task.TaskType, task.Directive, task.Options, cancellationToken)));
                ids.Add(id);
            }
        }
#pragma warning disable CA1031 // Whatever the caller's sequence throws, what has been published must still be accounted for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            unreadBecause = exception;
        }

        while (onTheirWay.Count > 0)
        {
            await CollectAsync(onTheirWay, ids, failures).ConfigureAwait(false);
        }

        if (failures.Count == 0 && unreadBecause is null)
        {
            return ids;
        }

        HashSet<int> failed = [.. failures.Select(failure => failure.Index)];
        throw new AddTasksException([.. ids.Where((_, index) => !failed.Contains(index))], failures, unreadBecause);
    }

    private static async Task CollectAsync(Queue<(int Index, Task Publish)> onTheirWay, List<TaskId> ids, List<AddTaskFailure> failures)
    {
        (int index, Task publish) = onTheirWay.Dequeue();
        try
        {
            await publish.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Every failure is reported with its task.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failures.Add(new AddTaskFailure(index, ids[index], exception));
        }
    }

    // Async, so that a mistake in one task of many is that task's failure and not the end of the sequence.
    private async Task AddAsync(TaskId id, string queueId, string taskType, ITaskDirective? directive, AddTaskOptions? options, CancellationToken cancellationToken)
    {
        TimeSpan delay = DelayOf(options);
        OutboundMessage message = Compose(id, queueId, taskType, directive, options, delay);
        await SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    private Task SendAsync(OutboundMessage message, CancellationToken cancellationToken) =>
        telemetry is { IsEnabled: true } ? SendToldAsync(message, cancellationToken) : publisher.PublishAsync(message, cancellationToken);

    private async Task SendToldAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        Sending sending = telemetry!.Begin(message);
        try
        {
            await publisher.PublishAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            telemetry.End(in sending, exception);
            throw;
        }

        telemetry.End(in sending, failure: null);
    }

    private OutboundMessage Compose(TaskId id, string queueId, string taskType, ITaskDirective? directive, AddTaskOptions? options, TimeSpan delay)
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

        var properties = new BasicProperties
        {
            Type = taskType,
            MessageId = id.Value,
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            Timestamp = new AmqpTimestamp(time.GetUtcNow().ToUnixTimeSeconds()),
            AppId = _options.ApplicationName,
            Headers = Headers(options),
        };
        if ((options?.CorrelationId ?? ExecutingTask.Id) is { Length: > 0 } correlationId)
        {
            RequireShortString(correlationId, nameof(options), "correlation id");
            properties.CorrelationId = correlationId;
        }

        string queueName = names.Queue(queueId);
        if (delay <= TimeSpan.Zero)
        {
            return new OutboundMessage(queueName, queueName, Mandatory: true, properties, body, id, queueId);
        }

        (string exchange, string routingKey) = DelayLadder.Route(delay, queueName, names);
        return new OutboundMessage(exchange, routingKey, Mandatory: true, properties, body, id, queueId) { AlsoRequiredExchange = queueName };
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

    private SealedHeaders Headers(AddTaskOptions? options)
    {
        var headers = new SealedHeaders(4) { [TaskHeaders.SentBy] = node.NodeId };
        if (options?.DisplayName is { } displayName)
        {
            headers[TaskHeaders.DisplayName] = displayName;
        }

        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } traceParent } activity)
        {
            headers[TaskHeaders.TraceParent] = traceParent;
            if (!string.IsNullOrEmpty(activity.TraceStateString))
            {
                headers[TaskHeaders.TraceState] = activity.TraceStateString;
            }
        }

        return headers;
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
        if (!Utf16.IsWellFormed(value))
        {
            throw new ArgumentException($"A {what} must not have half a surrogate pair: it would arrive as another text.", parameter);
        }

        if (Encoding.UTF8.GetByteCount(value) > MaxShortStringBytes)
        {
            throw new ArgumentException($"A {what} has at most {MaxShortStringBytes} bytes of UTF-8; this one starts with '{value[..32]}'.", parameter);
        }
    }
}

using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using RabbitMQ.Client;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class Order : TaskDirective
{
    public int Number { get; set; }
}

/// <summary>Builds descriptors and tasks.</summary>
internal static class Processor
{
    public static ProcessorDescriptor Of(
        ProcessorInvoker invoke, TransactionMode mode = TransactionMode.Unsafe, TimeSpan? timeout = null, Type? target = null,
        TaskExceptionBehaviorAttribute[]? method = null, TaskExceptionBehaviorAttribute[]? type = null, int maxRetries = 3, int maxRequeues = 5) => new()
        {
            QueueId = "orders",
            TaskType = "Send",
            Method = typeof(Processor).GetMethod(nameof(NewTask))!,
            TargetType = target,
            DirectiveType = typeof(Order),
            CreateJob = JobFactory.For(typeof(Order)),
            Invoke = invoke,
            TransactionMode = mode,
            Timeout = timeout,
            MaxRetries = maxRetries,
            MaxRequeues = maxRequeues,
            ExceptionRules = [method ?? [], type ?? []],
        };

    public static ProcessorDescriptor Of(
        Func<ITaskProcessingJob, CancellationToken, Task> body, TransactionMode mode = TransactionMode.Unsafe, TimeSpan? timeout = null,
        TaskExceptionBehaviorAttribute[]? method = null, TaskExceptionBehaviorAttribute[]? type = null) =>
        Of(
            async (_, job, token) =>
            {
                await body(job, token);
                return TaskProcessingJobResult.Complete;
            },
            mode, timeout, target: null, method, type);

    public static ProcessorDescriptor Returning(TaskProcessingJobResult result, TransactionMode mode = TransactionMode.Unsafe) =>
        Of((_, _, _) => ValueTask.FromResult(result), mode);

    public static ProcessorDescriptor Throwing(Exception exception, TaskExceptionBehaviorAttribute[]? method = null, TaskExceptionBehaviorAttribute[]? type = null) =>
        Of((_, _) => Task.FromException(exception), method: method, type: type);

    public static TaskMessage NewTask(params (string Name, object? Value)[] headers)
    {
        var properties = new BasicProperties
        {
            Type = "Send",
            MessageId = "task-1",
            ContentType = "application/json",
            CorrelationId = "parent",
            Timestamp = new AmqpTimestamp(1_700_000_000),
            Headers = headers.ToDictionary(header => header.Name, header => header.Value),
        };
        Assert.Null(TaskMessage.TryRead(properties, "orders", out TaskMessage? task));
        return task!;
    }
}

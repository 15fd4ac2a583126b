using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Status;
using BrokerQueues.Worker.Running;

namespace BrokerQueues.Worker.Hosting;

/// <summary>How the queues of this node stand: put together, when somebody asks, from what its consumers, gates and slots know.</summary>
internal sealed class NodeStatus(TimeProvider time) : IWorkerStatus
{
    private volatile Composition? _composition;
    private volatile ConsumerWatchdog? _watchdog;

    /// <summary>The node has been put together.</summary>
    public void Composed(IReadOnlyDictionary<QueueDefinition, QueueRunner> runners, IReadOnlyList<QueueDefinition> disabled) =>
        _composition = new Composition(runners, disabled, time.GetUtcNow());

    /// <summary>This watches its queues.</summary>
    public void Watched(ConsumerWatchdog watchdog) => _watchdog = watchdog;

    /// <inheritdoc/>
    public IReadOnlyList<TaskQueueStatus>? DescribeQueues() => _composition is { } node
        ? [.. node.Runners.Select(entry => Describe(entry.Key, entry.Value)).Concat(node.Disabled.Select(queue => DescribeDisabled(queue, node.Since)))]
        : null;

    /// <inheritdoc/>
    public string? WhyNotAlive() => _watchdog?.StandsStillFor is { } still
        ? FormattableString.Invariant($"the watch over the connection and the queues has stood still for {still.TotalSeconds:0} s, though it waits for nothing that long: threads of the process are blocked")
        : null;

    private static TaskQueueStatus Describe(QueueDefinition queue, QueueRunner runner)
    {
        ConsumerPicture consumer = runner.Consumer.State;
        // A gate that is closed says more than that nothing is consumed.
        QueueHold? hold = consumer.State == TaskQueueState.Stopped ? null : runner.Hold;
        return new TaskQueueStatus
        {
            QueueId = queue.QueueId,
            Behavior = queue.Behavior,
            State = hold?.State ?? consumer.State,
            Since = hold?.Since ?? consumer.Since,
            Reason = hold is null ? consumer.Reason : hold.Reason,
            MaxConcurrency = runner.Slots.Limit,
            Running = runner.Slots.Running().Count,
            LastError = consumer.LastError,
            LastErrorAt = consumer.LastErrorAt,
        };
    }

    private static TaskQueueStatus DescribeDisabled(QueueDefinition queue, DateTimeOffset since) => new()
    {
        QueueId = queue.QueueId,
        Behavior = queue.Behavior,
        State = TaskQueueState.Disabled,
        Since = since,
        Reason = "the settings of this node say not to consume it",
    };

    private sealed record Composition(IReadOnlyDictionary<QueueDefinition, QueueRunner> Runners, IReadOnlyList<QueueDefinition> Disabled, DateTimeOffset Since);
}

using BrokerQueues.Broker.Consuming;

namespace BrokerQueues.Worker.Running;

/// <summary>Says whether a queue may start another task on this node. All gates of a queue have to be open.</summary>
internal interface IQueueGate
{
    /// <summary>What it holds the queue back for, as far as this node knows; null where it does not. For whoever asks how the queue stands.</summary>
    QueueHold? Hold { get; }

    /// <summary>
    /// Returns when the queue may be consumed. Asked before each subscription: what was taken and returned would count towards the delivery limit.
    /// </summary>
    /// <param name="closed">To be called where it is closed for now, so that the node's start does not wait for it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task WhenOpenAsync(Action closed, CancellationToken cancellationToken);

    /// <summary>Whether a delivery of the session may start. Asked before each: answers at once unless there is something new to find out.</summary>
    /// <param name="session">The session.</param>
    /// <param name="stopping">Fires when the node shuts down.</param>
    ValueTask<GateAnswer> MayStartAsync(ConsumerSession session, CancellationToken stopping);

    /// <summary>Told when a task of the queue that had been tried was parked here.</summary>
    /// <returns>Whether the gate is closed by it.</returns>
    bool ClosesAsTaskIsParked();
}

/// <summary>Why a gate holds a queue back.</summary>
/// <param name="State">The state that the queue is in by it.</param>
/// <param name="Since">Since when.</param>
/// <param name="Reason">In words.</param>
internal sealed record QueueHold(TaskQueueState State, DateTimeOffset Since, string Reason);

/// <summary>What a gate says.</summary>
internal enum GateAnswer
{
    Open,

    /// <summary>The session stands aside until the gate opens.</summary>
    Closed,

    /// <summary>It could not be found out. Nothing starts; the next session asks again.</summary>
    Unknown,
}

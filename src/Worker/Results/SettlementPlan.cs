using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Wire;

namespace BrokerQueues.Worker.Results;

/// <summary>What is done with a delivery after an execution.</summary>
internal enum SettlementAction
{
    /// <summary>It is done with.</summary>
    Acknowledge,

    /// <summary>It failed on this node of a broadcast: logged, and done with.</summary>
    AcknowledgeFailure,

    /// <summary>The same delivery runs again, at once.</summary>
    RunAgain,

    /// <summary>The same delivery waits at the head of its queue and runs again as the next attempt.</summary>
    HoldAndRunAgain,

    /// <summary>A copy goes through the delay ladder.</summary>
    Requeue,

    /// <summary>A copy with the reason goes to a parking queue.</summary>
    Park,

    /// <summary>It goes back to its queue unharmed.</summary>
    Return,
}

/// <summary>What is done with a delivery, and with which numbers.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Delay">How long it waits, where it runs again later.</param>
/// <param name="CountsAttempt">Whether the next run is a new attempt.</param>
/// <param name="Parking">Where it is parked.</param>
internal readonly record struct SettlementPlan(SettlementAction Action, TimeSpan Delay = default, bool CountsAttempt = false, ParkingQueue Parking = default)
{
    /// <summary>The counts with which the task runs again.</summary>
    public (int Attempt, int Aborts) CountsAfter(TaskMessage task) => CountsAttempt ? (task.Attempt + 1, 0) : (task.Attempt, task.Aborts + 1);
}

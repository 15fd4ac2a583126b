using System.Diagnostics;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Results;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>
/// One delivery on its way through the list of steps: all that is known of it, and nothing of it stands anywhere else. Its slot uses it
/// again for the next delivery, so no code of users ever gets hold of it.
/// </summary>
internal sealed class TaskExecution
{
    private Delivery? _delivery;
    private bool _hasLeft;
    private bool _runsAgain;

    /// <summary>What was delivered.</summary>
    public Delivery Delivery => _delivery ?? throw new InvalidOperationException("The execution has no delivery.");

    /// <summary>The session it came by; when that is over, the task is another consumer's.</summary>
    public ConsumerSession Session => Delivery.Session;

    /// <summary>Fires when the node begins to shut down: what waits at the head of a queue ends then, what runs does not.</summary>
    public CancellationToken Stopping { get; private set; }

    /// <summary>The task, by Read; null where the message is none.</summary>
    public TaskMessage? Task { get; set; }

    /// <summary>Its processor on this node, by Bind.</summary>
    public BoundProcessor? Processor { get; set; }

    /// <summary>Its directive, by Bind, for each run anew: a processor may have changed the one it was given.</summary>
    public ITaskDirective? Directive { get; set; }

    /// <summary>How often this attempt has been run again in place.</summary>
    public int RetryCount { get; private set; }

    /// <summary>When the present run began, as a timestamp of the node's clock; zero before.</summary>
    public long RunningSince { get; set; }

    /// <summary>The span of the run, from Run to Measure.</summary>
    public Activity? Activity { get; set; }

    /// <summary>How the run ended, by Run.</summary>
    public RunEnding Ending { get; set; }

    /// <summary>What that means, by Judge; by Read or Bind where the task cannot be understood.</summary>
    public ExecutionOutcome? Outcome { get; set; }

    /// <summary>What is done about it, by Decide.</summary>
    public SettlementPlan Plan { get; set; }

    /// <summary>Whether Settle has parked a task that had been tried.</summary>
    public bool HasParked { get; set; }

    /// <summary>Whether nothing more can or need be done: the delivery goes to another consumer, goes back as its channel closes, or is settled already.</summary>
    public bool IsOver => _hasLeft || Session.IsOver;

    /// <summary>Begins with a delivery.</summary>
    public void Begin(Delivery delivery, CancellationToken stopping)
    {
        _delivery = delivery;
        Stopping = stopping;
    }

    /// <summary>Leaves the delivery unsettled.</summary>
    public void Abandon() => _hasLeft = true;

    /// <summary>The delivery is settled before the end of the list: no further step has to do with it.</summary>
    public void SettledEarly() => _hasLeft = true;

    /// <summary>The same task runs once more, at once or after it has been held: as a retry of this attempt, or with other counts.</summary>
    public void RunAgain(TaskMessage? task = null)
    {
        RetryCount = task is null ? RetryCount + 1 : 0;
        Task = task ?? Task;
        Outcome = null;
        _runsAgain = true;
    }

    /// <summary>Whether a step has asked for another run; once for each.</summary>
    public bool TakeRunAgain()
    {
        bool again = _runsAgain;
        _runsAgain = false;
        return again;
    }

    /// <summary>Forgets all, so that nothing of one task can be seen by the next.</summary>
    public void Clear()
    {
        _delivery = null;
        _hasLeft = _runsAgain = false;
        Stopping = default;
        Task = null;
        Processor = null;
        Directive = null;
        RetryCount = 0;
        RunningSince = 0;
        Activity = null;
        Ending = default;
        Outcome = null;
        Plan = default;
        HasParked = false;
    }
}

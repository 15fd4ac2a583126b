using System.ComponentModel.DataAnnotations;

namespace BrokerQueues.Worker;

/// <summary>How a worker executes tasks; the configuration section <c>BrokerQueues:Worker</c>.</summary>
public sealed class WorkerOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "BrokerQueues:Worker";

    /// <summary>The most tasks that all queues of one node together may run at a time, 1 to 10,000; more is an error at start. Default: 40.</summary>
    public int MaxTotalConcurrency { get; set; } = 40;

    /// <summary>
    /// How long a shutdown waits for running tasks before <see cref="ITaskProcessingJob.JobAborted"/> fires, and then once more
    /// before what still runs is abandoned to another node, 0 to 1 hour. Default: 10 s. The host's own
    /// <c>HostOptions.ShutdownTimeout</c> must leave room for both.
    /// </summary>
    public TimeSpan ShutdownGracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What an exception means that no <see cref="TaskExceptionBehaviorAttribute"/> names. Default: <see cref="TaskProcessingJobResult.Fail"/>.</summary>
    [DeniedValues(TaskProcessingJobResult.Complete, TaskProcessingJobResult.Abort)]
    public TaskProcessingJobResult DefaultExceptionResult { get; set; } = TaskProcessingJobResult.Fail;

    /// <summary>How long the first requeue waits, 1 s to 1 day; each further one twice as long, with up to 20 % of jitter. Default: 1 s.</summary>
    public TimeSpan MinRequeueDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a requeued task runs again, <see cref="MinRequeueDelay"/> to 30 days. Default: 10 minutes.</summary>
    public TimeSpan MaxRequeueDelay { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the queue of a broadcast is kept for a node with a configured NodeId that is away, 1 minute to 30 days. Default: 30 minutes.</summary>
    public TimeSpan BroadcastLease { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The name of the principal under which processors run, at most 255 bytes of UTF-8 without control characters: a <see cref="System.Security.Claims.ClaimsPrincipal"/>
    /// of that name is <see cref="System.Security.Claims.ClaimsPrincipal.Current"/> and <see cref="Thread.CurrentPrincipal"/> while a task runs, with
    /// who caused the task as a claim (<see cref="TaskPrincipal.InitiatorClaim"/>). Default: null, no principal; empty is the same.
    /// </summary>
    public string? SystemPrincipal { get; set; }

    /// <summary>
    /// Settings of single queues, by queue id, in place of what their <see cref="TaskQueueAttribute"/> says. Default: none. An id that no assembly of
    /// the worker declares, and a value out of range, is a mistake at start (<see cref="WorkerConfigurationException"/>). Upper and lower case of an id
    /// are one, as in all configuration.
    /// </summary>
    public IDictionary<string, TaskQueueOptions> Queues { get; } = new Dictionary<string, TaskQueueOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What stands in the section and cannot be read; told at start with all other mistakes.</summary>
    internal List<string> SectionMistakes { get; } = [];
}

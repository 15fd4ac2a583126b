namespace BrokerQueues;

/// <summary>What can be said of a task beside its directive.</summary>
public sealed record AddTaskOptions
{
    /// <summary>The longest delay: 620 days, within what the delay ladder of the broker can count.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(620);

    /// <summary>
    /// How long the task waits before it is handed out, up to <see cref="MaxDelay"/>. Default: not at all. Not together with
    /// <see cref="NotBefore"/>, and not for broadcasts.
    /// </summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Until when the task waits; a time in the past means at once. Default: not at all. Not together with <see cref="Delay"/>.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>What people read for this task, in the header <c>bq-display-name</c> and in <see cref="ITaskProcessingJob.DisplayName"/>, at most 1,024 characters. Default: nothing.</summary>
    public string? DisplayName { get; init; }

    /// <summary>The id of the task. Default: a new one. The broker does not remove duplicates.</summary>
    public TaskId? TaskId { get; init; }

    /// <summary>The id of the task that creates this one. Default: the task that is being executed, where there is one. An empty text means none.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>
    /// Who causes the task: a user, a customer, another system. In the header <c>bq-initiator</c> and in <see cref="ITaskProcessingJob.Initiator"/>; at most
    /// 255 bytes of UTF-8, without control characters and line breaks. Default: that of the task that is being executed, where there is one; else
    /// what an <see cref="ITaskInitiatorProvider"/> says. An empty text means nobody.
    /// </summary>
    public string? Initiator { get; init; }
}

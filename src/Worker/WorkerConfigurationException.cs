namespace BrokerQueues.Worker;

/// <summary>Options, task queues or processors of a worker cannot work as they are; the message lists every mistake and what to write instead.</summary>
public sealed class WorkerConfigurationException : Exception
{
    /// <summary>Makes the exception from all mistakes that were found.</summary>
    /// <param name="mistakes">One sentence or two each.</param>
    public WorkerConfigurationException(IReadOnlyList<string> mistakes)
        : base($"The worker cannot start: {mistakes?.Count} mistake(s) in its options, task queues and processors.{Environment.NewLine}  - " +
            string.Join($"{Environment.NewLine}  - ", mistakes ?? []))
    {
        Mistakes = mistakes ?? [];
    }

    /// <summary>The mistakes.</summary>
    public IReadOnlyList<string> Mistakes { get; }
}

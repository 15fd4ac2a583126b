namespace BrokerQueues;

/// <summary>A task of <see cref="ITaskManager.AddTasksAsync"/> that was not confirmed.</summary>
/// <param name="Index">Its position in the sequence, from 0.</param>
/// <param name="TaskId">Its id.</param>
/// <param name="Error">Why.</param>
public sealed record AddTaskFailure(int Index, TaskId TaskId, Exception Error);

/// <summary>Some of the tasks of <see cref="ITaskManager.AddTasksAsync"/> were not confirmed.</summary>
public sealed class AddTasksException : Exception
{
    /// <summary>Makes the exception from what was and what was not confirmed.</summary>
    /// <param name="confirmed">The ids that were confirmed.</param>
    /// <param name="failures">Those that were not; at least one.</param>
    /// <param name="unreadBecause">Why the sequence was not read to its end; null where it was.</param>
    public AddTasksException(IReadOnlyList<TaskId> confirmed, IReadOnlyList<AddTaskFailure> failures, Exception? unreadBecause = null)
        : base(Describe(confirmed, failures, unreadBecause), unreadBecause ?? failures[0].Error)
    {
        Confirmed = confirmed;
        Failures = failures;
    }

    /// <summary>The ids of the tasks that the broker has confirmed, in their order.</summary>
    public IReadOnlyList<TaskId> Confirmed { get; }

    /// <summary>The tasks that were not confirmed, in their order. Tasks after an error of the sequence itself were never read and are not listed.</summary>
    public IReadOnlyList<AddTaskFailure> Failures { get; }

    private static string Describe(IReadOnlyList<TaskId> confirmed, IReadOnlyList<AddTaskFailure> failures, Exception? unreadBecause)
    {
        ArgumentNullException.ThrowIfNull(confirmed);
        ArgumentNullException.ThrowIfNull(failures);
        string text = $"{confirmed.Count} tasks were confirmed and {failures.Count} were not.";
        if (failures.Count > 0)
        {
            text += $" The first that was not, number {failures[0].Index}: {MessageOf(failures[0].Error)}";
        }

        if (unreadBecause is not null)
        {
            text += $" The sequence of tasks was not read to its end: {MessageOf(unreadBecause)}";
        }

        return text + " Publish the failures again; Confirmed lists those that need no repeat.";
    }

    /// <summary>The sequence is the caller's code, and so is what it throws: were its message to throw in its turn, nobody would learn what was confirmed.</summary>
    private static string MessageOf(Exception exception)
    {
        try
        {
            return exception.Message;
        }
#pragma warning disable CA1031 // Whatever it throws, its message cannot be had.
        catch (Exception)
#pragma warning restore CA1031
        {
            return $"{exception.GetType()} (message not readable)";
        }
    }
}

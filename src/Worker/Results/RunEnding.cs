namespace BrokerQueues.Worker.Results;

/// <summary>How the run of a processor ended, before anybody judges it.</summary>
/// <param name="Returned">What it returned.</param>
/// <param name="Thrown">What it threw instead; null where it returned.</param>
/// <param name="IsCommitted">Whether it has committed.</param>
/// <param name="IsAborted">Whether the execution no longer counted at its end.</param>
/// <param name="IsTimedOut">Whether it took longer than its limit.</param>
internal readonly record struct RunEnding(TaskProcessingJobResult Returned, Exception? Thrown, bool IsCommitted, bool IsAborted, bool IsTimedOut);

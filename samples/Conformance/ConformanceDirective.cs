namespace BrokerQueues.Samples.Conformance;

/// <summary>What the task is to do; the fixed interface through which outside programs drive this worker.</summary>
public sealed class ConformanceDirective : TaskDirective
{
    public long Seq { get; set; }

    public int WorkMs { get; set; }

    /// <summary>A file to wait for after the work: whoever drives the worker holds the task, however fast the machine is.</summary>
    public string? UntilFile { get; set; }

    public TaskProcessingJobResult Result { get; set; } = TaskProcessingJobResult.Complete;

    /// <summary>The full name of an exception's type to throw.</summary>
    public string? Throw { get; set; }

    public bool Commit { get; set; } = true;

    /// <summary>On how many first attempts to throw InvalidOperationException; retries in place count.</summary>
    public int FailTimes { get; set; }

    /// <summary>Ends the process with SIGKILL.</summary>
    public bool Crash { get; set; }

    /// <summary>Up to which attempt to return <see cref="Result"/>; Complete after it.</summary>
    public int? ResultUntilAttempt { get; set; }
}

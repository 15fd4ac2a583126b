namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>A directive of the Conformance sample, as another program would write it.</summary>
internal sealed class NumberedTask : TaskDirective
{
    public long Seq { get; set; }

    public int WorkMs { get; set; }

    /// <summary>Held until this file is there: see <see cref="Gate"/>.</summary>
    public string? UntilFile { get; set; }

    public bool Crash { get; set; }
}

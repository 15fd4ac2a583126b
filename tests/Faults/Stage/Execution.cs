namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>One run of a task on one node. Without an end it was cut by a SIGKILL, or still runs.</summary>
internal sealed class Execution(JournalLine start)
{
    public JournalLine Start { get; } = start;

    public JournalLine? End { get; set; }

    public long Seq => Start.Seq;

    public string Node => Start.Node;

    public bool IsCompleted => End?.Result == "Complete";

    public bool IsAborted => End?.Result == "Abort";

    public override string ToString() => $"{Seq} (attempt {Start.Attempt}) on {Node}, {Start.AtUnixMs} to {End?.AtUnixMs.ToString() ?? "?"} {End?.Result}";
}

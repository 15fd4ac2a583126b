namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>A task of about 1 KiB as JSON.</summary>
public sealed class LoadDirective : TaskDirective
{
    private static readonly string s_filling = new('x', 976);

    /// <summary>From 0; what each is counted by.</summary>
    public int Seq { get; set; }

    /// <summary>When a delayed task is due, in ticks of UTC; 0 for one that is not delayed.</summary>
    public long DueAt { get; set; }

    public string Filling { get; set; } = s_filling;
}

namespace BrokerQueues.Samples.DocumentVault.Verifying;

/// <summary>One thing that must be so, and what speaks against it.</summary>
internal sealed record Check(string What, IReadOnlyList<string> Objections)
{
    private const int MaxShown = 5;

    public bool Passed => Objections.Count == 0;

    public override string ToString()
    {
        IEnumerable<string> lines = Objections.Take(MaxShown).Select(objection => $"         {objection}").Prepend($"  {(Passed ? "ok    " : "FAILED")} {What}");
        return string.Join(Environment.NewLine, Objections.Count > MaxShown ? lines.Append($"         and {Objections.Count - MaxShown} more") : lines);
    }
}

using BrokerQueues.Benchmarks.Growth.Curves;
using BrokerQueues.Benchmarks.Measuring;

namespace BrokerQueues.Benchmarks.Growth.Report;

/// <summary>What a run found out; a curve is null where it was not asked for, or failed.</summary>
internal sealed record GrowthResult
{
    public required Fingerprint Fingerprint { get; init; }

    public required bool Quick { get; init; }

    public BacklogCurve? Backlog { get; set; }

    public QueuesCurve? Queues { get; set; }

    public ProcessesCurve? Processes { get; set; }

    public DelaysCurve? Delays { get; set; }

    public IReadOnlyList<Bar> Bars => [.. Backlog?.Bars() ?? [], .. Queues?.Bars() ?? []];

    /// <summary>What went wrong: a task lost or executed twice, or a measurement that could not be made.</summary>
    public List<string> Failures { get; } = [];
}

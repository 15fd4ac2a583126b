namespace BrokerQueues.Benchmarks.Growth.Curves;

/// <summary>So many tasks delayed within one span.</summary>
internal sealed record DelaysPoint(int Tasks)
{
    /// <summary>Tasks confirmed a second.</summary>
    public required double PublishRate { get; init; }

    /// <summary>Tasks started a second, from the first to the last: what the ladder let through.</summary>
    public required double StartRate { get; init; }

    /// <summary>Behind the delay that was asked for; rounding up is about half a step of it.</summary>
    public required Lateness BehindDue { get; init; }

    /// <summary>Behind that delay rounded up: what the broker and the worker add.</summary>
    public required Lateness BehindStep { get; init; }

    public required long WorkerPeakBytes { get; init; }

    public required long? BrokerBytesBefore { get; init; }

    public required long? BrokerBytesPeak { get; init; }
}

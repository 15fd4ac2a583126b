namespace BrokerQueues.Benchmarks.Growth;

/// <summary>How far each curve goes.</summary>
internal sealed record Sizes
{
    public static readonly Sizes Full = new()
    {
        WarmUp = 100_000,
        Backlogs = [new(1_000, 5), new(10_000, 5), new(100_000, 3), new(1_000_000, 1)],
        Queues = [1, 10, 100, 500],
        QueueRounds = 3,
        Processes = [1, 2, 4],
        ProcessRounds = 3,
        NoOpTasks = 50_000,
        WaitingTasks = 20_000,
        DelayedTasks = [10_000, 100_000],
        ShortestDelay = TimeSpan.FromSeconds(5),
        LongestDelay = TimeSpan.FromSeconds(60),
    };

    /// <summary>Enough to see that everything works; the figures say little.</summary>
    public static readonly Sizes Quick = new()
    {
        WarmUp = 30_000,
        Backlogs = [new(1_000, 3), new(10_000, 3), new(50_000, 1)],
        Queues = [1, 10, 100],
        QueueRounds = 1,
        Processes = [1, 2, 4],
        ProcessRounds = 1,
        NoOpTasks = 10_000,
        WaitingTasks = 4_000,
        DelayedTasks = [500, 3_000],
        ShortestDelay = TimeSpan.FromSeconds(2),
        LongestDelay = TimeSpan.FromSeconds(6),
    };

    /// <summary>Executed before anything is measured: by then the code that matters is compiled with its profile.</summary>
    public required int WarmUp { get; init; }

    public required IReadOnlyList<BacklogSize> Backlogs { get; init; }

    public required IReadOnlyList<int> Queues { get; init; }

    public required int QueueRounds { get; init; }

    public required IReadOnlyList<int> Processes { get; init; }

    public required int ProcessRounds { get; init; }

    public required int NoOpTasks { get; init; }

    public required int WaitingTasks { get; init; }

    public required IReadOnlyList<int> DelayedTasks { get; init; }

    public required TimeSpan ShortestDelay { get; init; }

    public required TimeSpan LongestDelay { get; init; }
}

/// <param name="Tasks">How many tasks wait.</param>
/// <param name="Rounds">How often it is measured.</param>
internal sealed record BacklogSize(int Tasks, int Rounds);

using System.Collections.Concurrent;

namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>What happened to a task, where and when.</summary>
public enum Happening
{
    Started,
    Aborted,
    Committed,
    CommitRefused,
    Ended,
}

/// <summary>A line of the ledger.</summary>
public sealed record LedgerLine(long Seq, string Node, Happening What, DateTimeOffset At);

/// <summary>What the nodes in this process did, in the order in which they did it, and which tasks the test holds.</summary>
public sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly List<LedgerLine> _lines = [];
    private readonly ConcurrentDictionary<long, TaskCompletionSource> _held = new();

    public IReadOnlyList<LedgerLine> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public void Write(long seq, string node, Happening what)
    {
        lock (_gate)
        {
            _lines.Add(new LedgerLine(seq, node, what, DateTimeOffset.UtcNow));
        }
    }

    public LedgerLine? Find(long seq, Happening what, Func<string, bool>? node = null) =>
        Lines.FirstOrDefault(line => line.Seq == seq && line.What == what && node?.Invoke(line.Node) != false);

    /// <summary>Has the next execution of the task go on until it is released, whatever its token says; those after it are free.</summary>
    public TaskCompletionSource Hold(long seq) => _held[seq] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource? TakeHold(long seq) => _held.TryRemove(seq, out TaskCompletionSource? held) ? held : null;

    /// <summary>The tasks that began while another ran that had not been told to abort.</summary>
    public IReadOnlyList<LedgerLine> Overlaps
    {
        get
        {
            var overlaps = new List<LedgerLine>();
            var running = new HashSet<(long, string)>();
            foreach (LedgerLine line in Lines)
            {
                if (line.What == Happening.Started)
                {
                    if (running.Count > 0)
                    {
                        overlaps.Add(line);
                    }

                    running.Add((line.Seq, line.Node));
                }
                else if (line.What is Happening.Aborted or Happening.Ended)
                {
                    running.Remove((line.Seq, line.Node));
                }
            }

            return overlaps;
        }
    }

    /// <summary>The numbers in the order in which they were first started.</summary>
    public IReadOnlyList<long> FirstStarts => [.. Lines.Where(line => line.What == Happening.Started).Select(line => line.Seq).Distinct()];

    public IReadOnlyCollection<long> Committed => Lines.Where(line => line.What == Happening.Committed).Select(line => line.Seq).ToHashSet();
}

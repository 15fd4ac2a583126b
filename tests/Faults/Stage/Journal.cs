using System.Text;
using Newtonsoft.Json;

namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>A line that a node wrote.</summary>
internal sealed record JournalLine(string Event, string TaskId, long Seq, int Attempt, string Node, string Queue, long AtUnixMs, string? Result);

/// <summary>The file that all nodes of a test append to, read as it grows.</summary>
internal sealed class Journal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<JournalLine> _lines = [];
    private readonly StringBuilder _rest = new();
    private long _read;

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"brokerqueues-faults-{Guid.NewGuid():N}.jsonl");

    /// <summary>All lines so far. Their order is the order in which they were written: each is one append.</summary>
    public IReadOnlyList<JournalLine> Lines
    {
        get
        {
            lock (_gate)
            {
                ReadOn();
                return [.. _lines];
            }
        }
    }

    /// <summary>The executions of a queue so far, in the order of their starts.</summary>
    public List<Execution> Executions(string queue)
    {
        var executions = new List<Execution>();
        var running = new Dictionary<(string TaskId, string Node), Execution>();
        foreach (JournalLine line in Lines.Where(line => line.Queue == queue))
        {
            if (line.Event == "start")
            {
                var execution = new Execution(line);
                executions.Add(execution);
                running[(line.TaskId, line.Node)] = execution;
            }
            else if (running.Remove((line.TaskId, line.Node), out Execution? execution))
            {
                execution.End = line;
            }
        }

        return executions;
    }

    public void Dispose() => File.Delete(Path);

    private void ReadOn()
    {
        if (!File.Exists(Path))
        {
            return;
        }

        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = _read;
        using var reader = new StreamReader(file, Encoding.UTF8);
        _rest.Append(reader.ReadToEnd());
        _read = file.Position;

        string text = _rest.ToString();
        int whole = text.LastIndexOf('\n') + 1;
        foreach (string line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _lines.Add(JsonConvert.DeserializeObject<JournalLine>(line)!);
        }

        _rest.Clear().Append(text[whole..]);
    }
}

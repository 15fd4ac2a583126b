namespace BrokerQueues.Samples.DocumentVault;

/// <summary>One execution, written down when it begins: what ran where, and what ran twice.</summary>
internal sealed record Execution(string Node, string Queue, string TaskId, int Attempt, DateTimeOffset At);

/// <summary>What this process has begun to execute. Each process has a file of its own, so no two write to one.</summary>
internal sealed class Journal : IDisposable
{
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly FileStream _file;
    private readonly Lock _writing = new();

    public Journal(VaultFolder vault, string node, TimeProvider time)
    {
        _node = node;
        _time = time;
        Directory.CreateDirectory(vault.Journals);
        string path = Path.Combine(vault.Journals, $"{node}-{Environment.ProcessId}.jsonl");
        // Without a buffer: what SIGKILL would leave in one is what the journal is there for.
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>What all processes have begun to execute so far.</summary>
    public static IEnumerable<Execution> ReadAll(VaultFolder vault) =>
        (Directory.Exists(vault.Journals) ? Directory.GetFiles(vault.Journals) : []).SelectMany(JsonLines.ReadAll<Execution>);

    public void Begin(ITaskProcessingJob job)
    {
        byte[] line = JsonLines.Write(new Execution(_node, job.QueueId, job.TaskId.Value, job.Attempt + job.RetryCount, _time.GetUtcNow()));
        lock (_writing)
        {
            _file.Write(line);
        }
    }

    public void Dispose() => _file.Dispose();
}

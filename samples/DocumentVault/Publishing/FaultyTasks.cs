using BrokerQueues.Samples.DocumentVault.Importing;

namespace BrokerQueues.Samples.DocumentVault.Publishing;

/// <summary>Tasks that fail on purpose: one for each way in which a task can end other than well.</summary>
internal sealed class FaultyTasks : IDisposable
{
    private const string Busy = "busy.txt";

    private readonly string _folder;
    private readonly FileStream _busy;

    public FaultyTasks(VaultFolder vault)
    {
        _folder = vault.Faults;
        Directory.CreateDirectory(_folder);

        Add(Expectation.Fatal, "vanished.txt", "Could not find file");

        // A folder in the file's place: unlike a file without permissions, it cannot be read by root either.
        Directory.CreateDirectory(PathOf("unreadable.txt"));
        Add(Expectation.Fatal, "unreadable.txt", "denied");

        File.WriteAllText(PathOf("secret.pem"), "-----BEGIN EXAMPLE PRIVATE KEY-----\nnot a key at all\n");
        Add(Expectation.Fatal, "secret.pem", "holds a private key");

        // The two bytes that make it gzip, and nothing behind them that could be unpacked.
        File.WriteAllBytes(PathOf("damaged.gz"), [0x1F, 0x8B, .. "this is no compressed data"u8]);
        Add(Expectation.Failed, "damaged.gz", "compress");

        File.WriteAllText(PathOf("scan.tiff"), "as of a service that is newer than the workers");
        Add(Expectation.Incompatible, "scan.tiff", "No processor on this node understands", taskType: "ImportScan");

        Add(Expectation.Incompatible, "misshapen.txt", "not the JSON of", directive: new MisshapenDirective());

        File.WriteAllText(PathOf(Busy), "Written while the first worker tries to read it.\n");
        _busy = new FileStream(PathOf(Busy), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Add(Expectation.ImportedAfterRequeue, Busy);
    }

    /// <summary>The task of the file that is locked until this is disposed of.</summary>
    public static string BusyTaskId => TaskIdOf(Busy);

    public List<(PublishedTask Expected, NewTask Task)> Tasks { get; } = [];

    /// <summary>Ends the writing of the busy file: from now on it can be read.</summary>
    public void Dispose() => _busy.Dispose();

    private static string TaskIdOf(string name) => $"on-purpose-{name}";

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Add(Expectation expected, string name, string? reasonHas = null, string taskType = ImportProcessor.ImportTaskType, TaskDirective? directive = null)
    {
        var published = new PublishedTask(TaskIdOf(name), PathOf(name), expected, ReasonHas: reasonHas);
        var options = new AddTaskOptions { TaskId = new TaskId(published.TaskId), DisplayName = $"fails on purpose: {name}" };
        Tasks.Add((published, new NewTask(ImportProcessor.QueueId, taskType, directive ?? new ImportDirective { Path = published.Path }, options)));
    }

    /// <summary>What a publisher sends that has misunderstood the contract: an object where a path belongs.</summary>
    private sealed class MisshapenDirective : TaskDirective
    {
        public Dictionary<string, string> Path { get; } = new(StringComparer.Ordinal) { ["folder"] = "/tmp", ["name"] = "misshapen.txt" };
    }
}

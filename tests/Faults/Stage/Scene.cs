using BrokerQueues.TestKit;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>One test's place on a broker, under a prefix of its own: its nodes, its journal, its publisher. All of it goes at the end.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly TestBroker _broker;
    private readonly List<WorkerNode> _nodes = [];
    private readonly List<Gate> _gates = [];
    private readonly Lazy<Publisher> _publisher;

    public Scene(TestBroker? broker = null)
    {
        _broker = broker ?? TestBroker.Shared;
        Prefix = $"f{Guid.NewGuid().ToString("N")[..8]}.";
        Management = new ManagementApi(_broker);
        _publisher = new Lazy<Publisher>(() => new Publisher(_broker.Uri, Prefix, options => options.PublishTimeout = Eventually.Deadline));
    }

    public string Prefix { get; }

    public Uri Broker => _broker.Uri;

    public Journal Journal { get; } = new();

    public ManagementApi Management { get; }

    public Publisher Publisher => _publisher.Value;

    public ITaskManager Tasks => Publisher.Tasks;

    /// <summary>When each node was killed.</summary>
    public IReadOnlyDictionary<string, long> Deaths
    {
        get
        {
            lock (_nodes)
            {
                return _nodes.Where(node => node.KilledAtUnixMs is not null)
                    .GroupBy(node => node.Name)
                    .ToDictionary(group => group.Key, group => group.Max(node => node.KilledAtUnixMs!.Value));
            }
        }
    }

    public WorkerNode Launch(string name, TimeSpan? grace = null, Uri? uri = null)
    {
        var node = WorkerNode.Start(NodeId(name), uri ?? Broker, Prefix, Journal.Path, grace ?? TimeSpan.FromSeconds(10));
        lock (_nodes)
        {
            _nodes.Add(node);
        }

        return node;
    }

    public async Task<WorkerNode> StartAsync(string name, TimeSpan? grace = null, Uri? uri = null)
    {
        WorkerNode node = Launch(name, grace, uri);
        await node.WaitUntilReadyAsync();
        return node;
    }

    /// <summary>Node ids name connections and broadcast queues, so they too are the test's own.</summary>
    public string NodeId(string name) => Prefix + name;

    /// <summary>A gate that stays until the end: an execution that had completed is repeated where its acknowledgement went down with a connection.</summary>
    public Gate NewGate()
    {
        var gate = new Gate();
        _gates.Add(gate);
        return gate;
    }

    public WorkerNode NodeOf(Execution execution)
    {
        lock (_nodes)
        {
            return _nodes.Last(node => node.Name == execution.Node);
        }
    }

    public Invariants Invariants(string queue) => new(Journal.Executions(queue), Deaths);

    public Task UntilCompletedAsync(string queue, int count, TimeSpan? deadline = null) => Eventually.TrueAsync(
        () => Invariants(queue).Missing(count).Count == 0, $"{count} tasks of {queue} completed", deadline);

    private string Logs
    {
        get
        {
            lock (_nodes)
            {
                return string.Join('\n', _nodes.TakeLast(3).Select(node => $"{node.Name}{(node.HasExited ? " (exited)" : "")}:\n{node.Log}"));
            }
        }
    }

    /// <summary>Waits for an execution and returns it.</summary>
    public async Task<Execution> UntilAsync(string queue, Func<Execution, bool> condition, string what, TimeSpan? deadline = null)
    {
        Execution? found = null;
        try
        {
            await Eventually.TrueAsync(() => (found = Journal.Executions(queue).FirstOrDefault(condition)) is not null, what, deadline);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} The last executions: {string.Join("; ", Journal.Executions(queue).TakeLast(10))}. The nodes' logs: {Logs}", exception);
        }

        return found!;
    }

    /// <summary>Nothing waits, nothing is held, and nothing was parked.</summary>
    public async Task AssertDrainedAsync(string queue)
    {
        await using RawClient client = await RawClient.ConnectAsync(Broker);
        await Eventually.EqualAsync<uint?>(0, () => client.CountAsync(Prefix + queue), $"tasks in {queue}");
        foreach (string parking in new[] { ".failed", ".fatal", ".incompatible" })
        {
            Assert.Equal(0u, await client.CountAsync(Prefix + queue + parking));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_publisher.IsValueCreated)
        {
            await _publisher.Value.DisposeAsync();
        }

        lock (_nodes)
        {
            _nodes.ForEach(node => node.Dispose());
            _gates.ForEach(gate => gate.Dispose());
        }

        Journal.Dispose();
        await DeleteAllAsync("queues");
        await DeleteAllAsync("exchanges");
        Management.Dispose();
    }

    private async Task DeleteAllAsync(string kind)
    {
        JToken? all = null;
        await Eventually.TrueAsync(async () => (all = await TryListAsync(kind)) is not null, "the management API answers, also after a restart of the broker");
        foreach (string name in all!.Select(item => (string)item["name"]!).ToList())
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                await Management.DeleteAsync($"{kind}/%2F/{Uri.EscapeDataString(name)}");
            }
        }
    }

    private async Task<JToken?> TryListAsync(string kind)
    {
        try
        {
            return await Management.GetAsync($"{kind}/%2F?columns=name");
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}

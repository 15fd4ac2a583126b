using System.Diagnostics;
using BrokerQueues.Faults.Tests.Stage;
using BrokerQueues.TestKit;
using Newtonsoft.Json.Linq;
using Xunit.Abstractions;

namespace BrokerQueues.Faults.Tests;

/// <summary>Three brokers, of which one after the other fails in each way there is; a sequential queue, and workers that know all of them.</summary>
public sealed class ClusterTests(ClusterTests.OwnCluster own, ITestOutputHelper output) : IClassFixture<ClusterTests.OwnCluster>, IAsyncLifetime
{
    private const string QueueId = ClusterProcessors.QueueId;

    /// <summary>A broker that is silent is given up by the others after 45 to 75 s, and its consumers 10 s later on 4.3.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);

    private readonly string _prefix = $"c{Guid.NewGuid().ToString("N")[..8]}.";
    private readonly Ledger _ledger = new();
    private readonly List<IAsyncDisposable> _started = [];
    private long _added;

    [CuttingFact]
    public Task The_node_at_a_broker_that_is_cut_off_from_its_cluster_aborts_before_another_starts_cannot_commit_and_moves_to_another_broker() =>
        AbortsInTimeAsync(own.Cluster.Cut, own.Cluster.Mend);

    [Fact]
    public Task The_node_at_a_broker_that_is_frozen_aborts_before_another_starts_cannot_commit_and_moves_to_another_broker() =>
        AbortsInTimeAsync(member => member.Freeze(), member => member.Thaw());

    [Fact]
    public async Task Brokers_restarted_in_turn_and_a_majority_lost_for_a_while_cost_no_task_and_no_order()
    {
        const int Portion = 10;
        IReadOnlyList<TestBroker> members = own.Cluster.Members;
        await StartNodeAsync("n1", members);
        await StartNodeAsync("n2", members);
        ITaskManager tasks = Publish(members);

        foreach (TestBroker member in members)
        {
            await AddAsync(tasks, Portion);
            member.Stop();
            await AddAsync(tasks, Portion);
            member.Restart();
        }

        await AllCommittedAsync();

        members[1].Kill();
        members[2].Kill();
        Task adding = AddAsync(tasks, Portion);
        own.Cluster.Up();
        await adding;
        await AllCommittedAsync();

        Assert.Empty(_ledger.Overlaps);
        Assert.Equal(Enumerable.Range(0, (int)_added).Select(seq => (long)seq), _ledger.FirstStarts);
        output.WriteLine($"{_added} tasks, executions beyond the first {_ledger.Lines.Count(line => line.What == Happening.Started) - _added}");
    }

    [Fact]
    public async Task A_leader_that_is_killed_aborts_no_task_that_runs_over_another_broker()
    {
        TestBroker[] others = [.. own.Cluster.Members.Skip(1)];
        TestBroker leader = own.Cluster.Members[0];
        await using (await ClusterNode.StartAsync("declares", _prefix, [leader], _ledger))
        {
            Assert.Equal(leader, await LeaderAsync(leader));
        }

        ClusterNode node = await StartNodeAsync("apart", others);
        TaskCompletionSource release = _ledger.Hold(0);
        ITaskManager tasks = Publish(others);
        await AddAsync(tasks, 1);
        await Eventually.TrueAsync(() => _ledger.Find(0, Happening.Started) is not null, "the task runs", s_deadline);

        leader.Kill();
        long killed = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(killed) > TimeSpan.FromSeconds(25), "more than two heartbeats to pass", s_deadline);
        Assert.True(_ledger.Find(0, Happening.Aborted) is null, $"Aborted. Its log:\n{node.Log}");
        release.TrySetResult();
        await AddAsync(tasks, 5);

        await AllCommittedAsync();
        Assert.Equal(6, _ledger.Lines.Count(line => line.What == Happening.Started));
    }

    public Task InitializeAsync()
    {
        own.Cluster.Up();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (IAsyncDisposable started in Enumerable.Reverse(_started))
        {
            await started.DisposeAsync();
        }

        own.Cluster.Up();
        using var management = new ManagementApi(own.Cluster.Members[0]);
        foreach (string kind in new[] { "queues", "exchanges" })
        {
            foreach (string name in (await management.GetAsync($"{kind}/%2F?columns=name")).Select(item => (string)item["name"]!).ToList())
            {
                if (name.StartsWith(_prefix, StringComparison.Ordinal))
                {
                    await management.DeleteAsync($"{kind}/%2F/{Uri.EscapeDataString(name)}");
                }
            }
        }
    }

    private async Task AbortsInTimeAsync(Action<TestBroker> breakIt, Action<TestBroker> mendIt)
    {
        const int Behind = 5;
        ClusterNode first = await StartNodeAsync("first", own.Cluster.Members);
        string at = first.ConnectedTo;
        TestBroker broken = own.Cluster.Members.Single(member => member.Uri.Authority.EndsWith(at, StringComparison.Ordinal));
        TestBroker[] others = [.. own.Cluster.Members.Where(member => member != broken)];
        Assert.Equal(broken, await LeaderAsync(broken));
        await StartNodeAsync("second", others);
        ITaskManager tasks = Publish(others);
        TaskCompletionSource release = _ledger.Hold(0);
        await AddAsync(tasks, 1 + Behind);
        await Eventually.TrueAsync(() => _ledger.Find(0, Happening.Started) is not null, "the task runs", s_deadline);
        Assert.Equal("first", _ledger.Find(0, Happening.Started)!.Node);

        DateTimeOffset brokenAt = DateTimeOffset.UtcNow;
        breakIt(broken);
        try
        {
            await Eventually.TrueAsync(() => _ledger.Find(0, Happening.Committed) is not null, "the task is committed elsewhere", s_deadline);
            LedgerLine aborted = _ledger.Find(0, Happening.Aborted) ?? throw new InvalidOperationException($"Never told to abort. Its log:\n{first.Log}");
            LedgerLine next = _ledger.Find(0, Happening.Started, node => node == "second")!;
            output.WriteLine($"aborted after {(aborted.At - brokenAt).TotalSeconds:0.0} s, started elsewhere after {(next.At - brokenAt).TotalSeconds:0.0} s");
            Assert.True(aborted.At < next.At, $"aborted {aborted.At:O}, started elsewhere {next.At:O}");

            // The old execution did not listen, and wants to commit only now.
            release.TrySetResult();
            await Eventually.TrueAsync(() => _ledger.Find(0, Happening.Ended, node => node == "first") is not null, "the old execution ended", s_deadline);
            Assert.NotNull(_ledger.Find(0, Happening.CommitRefused, node => node == "first"));
            await AllCommittedAsync();
            await Eventually.TrueAsync(() => first.ConnectedTo != at, "the node moves to another broker", s_deadline);
            output.WriteLine($"moved to another broker after {(first.ConnectedAt - brokenAt).TotalSeconds:0.0} s");
        }
        finally
        {
            release.TrySetResult();
            mendIt(broken);

            // 3.10 does not come together again by itself.
            broken.Kill();
            broken.Restart();
        }

        Assert.Empty(_ledger.Overlaps);
        Assert.Equal(Enumerable.Range(0, 1 + Behind).Select(seq => (long)seq), _ledger.FirstStarts);
        Assert.Single(_ledger.Lines, line => line is { Seq: 0, What: Happening.Committed });
    }

    private async Task<ClusterNode> StartNodeAsync(string name, IEnumerable<TestBroker> hosts)
    {
        ClusterNode node = await ClusterNode.StartAsync(name, _prefix, hosts, _ledger);
        _started.Add(node);
        return node;
    }

    private ITaskManager Publish(IEnumerable<TestBroker> hosts)
    {
        var publisher = new Publisher(hosts.First().Uri, _prefix, options =>
        {
            options.Hosts = [.. hosts.Select(host => host.Uri.Authority.Split('@')[^1])];
            options.PublishTimeout = TimeSpan.FromSeconds(30);
            options.MaxReconnectDelay = TimeSpan.FromSeconds(1);
        });
        _started.Add(publisher);
        return publisher.Tasks;
    }

    /// <summary>Adds the next numbers, each when the one before it is confirmed; what is not is added again.</summary>
    private async Task AddAsync(ITaskManager tasks, int count)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            bool added = false;
            while (!added)
            {
                try
                {
                    await tasks.AddTaskAsync(QueueId, ClusterProcessors.TaskType, new ClusterDirective { Seq = _added });
                    added = true;
                }
                catch (TaskPublishException) when (Stopwatch.GetElapsedTime(began) < s_deadline)
                {
                    // Not confirmed: perhaps it is there, perhaps not.
                }
            }

            _added++;
        }
    }

    private Task AllCommittedAsync() => Eventually.TrueAsync(() => _ledger.Committed.Count == _added, $"all {_added} tasks committed", s_deadline);

    private async Task<TestBroker> LeaderAsync(TestBroker ask)
    {
        using var management = new ManagementApi(ask);
        string? leader = null;
        await Eventually.TrueAsync(
            async () => (leader = (string?)(await management.GetAsync($"queues/%2F/{Uri.EscapeDataString(_prefix + QueueId)}"))["leader"]) is not null,
            "the queue's leader is known",
            s_deadline);
        return own.Cluster.Members.Single(member => leader!.Contains($"-{member.Name}@", StringComparison.Ordinal));
    }

    /// <summary>A broker that nobody else uses, so that it can be cut, frozen and killed.</summary>
    public sealed class OwnCluster : IDisposable
    {
        public TestCluster Cluster { get; } = TestCluster.Start("faults-cluster");

        public void Dispose() => Cluster.Down();
    }
}

/// <summary>A test that cuts a broker off with a packet filter; skipped, with the reason, where that cannot be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CuttingFactAttribute : FactAttribute
{
    public CuttingFactAttribute() => Skip = TestCluster.WhyNoCut;
}

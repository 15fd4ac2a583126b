using System.Diagnostics;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Integration.Tests;

/// <summary>
/// A program that publishes leaves in bounded time whatever its broker does, and tells those who wait at once. The client's own limits are 20 and
/// 30 s a step, one after the other, so the bounds are far from what a slow machine adds.
/// </summary>
public sealed class PublisherLeavingTests : BrokerTest, IClassFixture<PublisherLeavingTests.OwnBroker>
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    private readonly TestBroker _broker;

    public PublisherLeavingTests(OwnBroker fixture) => _broker = fixture.Broker;

    public enum Peer
    {
        /// <summary>Open, and nothing passes either way nor is even read.</summary>
        Frozen,

        /// <summary>Takes what is sent, and answers nothing.</summary>
        Deaf,

        /// <summary>The connection is lost, and each new one is accepted and never answered.</summary>
        Silent,

        /// <summary>Accepts and never answers, from the first connection on.</summary>
        NeverAnswered,
    }

    protected override Uri Uri => _broker.Uri;

    [Theory]
    [InlineData(Peer.Frozen, true)]
    [InlineData(Peer.Frozen, false)]
    [InlineData(Peer.Deaf, true)]
    [InlineData(Peer.Deaf, false)]
    [InlineData(Peer.Silent, true)]
    [InlineData(Peer.Silent, false)]
    [InlineData(Peer.NeverAnswered, true)]
    [InlineData(Peer.NeverAnswered, false)]
    public async Task A_publisher_leaves_in_bounded_time_and_fails_at_once_what_is_not_confirmed(Peer peer, bool synchronously)
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        await using var proxy = new TcpProxy(Uri) { Silent = peer == Peer.NeverAnswered };
        var log = new LogSink();
        IHost host = CreateHost(options => Patient(options, proxy.Uri), null, log);
        ITaskManager tasks = host.Services.GetRequiredService<ITaskManager>();
        if (peer != Peer.NeverAnswered)
        {
            await tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        }

        switch (peer)
        {
            case Peer.Frozen or Peer.Deaf:
                proxy.Freeze(onlyAnswers: peer == Peer.Deaf, unread: peer == Peer.Frozen);
                break;
            case Peer.Silent:
                proxy.Silent = true;
                proxy.Reset();
                break;
            default:
                break;
        }

        // Enough to fill the client's queue and the sockets, so that a write stands still too.
        var text = new string('x', 200_000);
        List<Task> unconfirmed = [.. Enumerable.Range(0, 400).Select(_ => (Task)tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Text = text }))];
        if (peer is Peer.Silent or Peer.NeverAnswered)
        {
            int before = peer == Peer.Silent ? 1 : 0;
            await Eventually.TrueAsync(() => proxy.Accepted > before, "a connection to be tried");
        }

        await LeaveAsync(host, synchronously, unconfirmed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_publisher_under_an_alarm_leaves_in_bounded_time(bool synchronously)
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        IHost host = CreateHost(options => Patient(options, Uri), null, new LogSink());
        ITaskManager tasks = host.Services.GetRequiredService<ITaskManager>();
        await tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        _broker.Control("set_vm_memory_high_watermark", "0.0000001");
        try
        {
            using var management = new ManagementApi(_broker);
            await Eventually.TrueAsync(async () => (bool?)(await management.GetAsync("nodes"))[0]?["mem_alarm"] == true, "the alarm to go off");

            // The broker blocks a connection, and tells it so, after the next message it publishes.
            await tasks.AddTaskAsync(QueueId, Scripted.TaskType);
            List<Task> unconfirmed = [.. Enumerable.Range(0, 100).Select(_ => (Task)tasks.AddTaskAsync(QueueId, Scripted.TaskType))];
            await LeaveAsync(host, synchronously, unconfirmed);
        }
        finally
        {
            _broker.Control("set_vm_memory_high_watermark", "0.4");
        }
    }

    private static void Patient(BrokerQueues.Broker.BrokerQueuesOptions options, Uri uri)
    {
        options.Uri = uri;

        // So long that nothing but our own limits ends a wait.
        options.Heartbeat = TimeSpan.FromSeconds(60);
        options.PublishTimeout = TimeSpan.FromMinutes(10);
    }

    private static async Task LeaveAsync(IHost host, bool synchronously, List<Task> unconfirmed)
    {
        long began = Stopwatch.GetTimestamp();
        Task leaving = synchronously ? Task.Run(host.Dispose) : ((IAsyncDisposable)host).DisposeAsync().AsTask();
        Task told = Task.WhenAll(unconfirmed.Select(async publish =>
        {
            // Some may have been confirmed before the peer turned.
            if (await Record.ExceptionAsync(() => publish) is { } exception)
            {
                Assert.Contains("the program is shutting down", Assert.IsType<TaskPublishException>(exception).Message, StringComparison.Ordinal);
            }
        }));

        await told.WaitAsync(TimeSpan.FromMinutes(3));
        TimeSpan toldAfter = Stopwatch.GetElapsedTime(began);
        await leaving.WaitAsync(TimeSpan.FromMinutes(3));
        TimeSpan leftAfter = Stopwatch.GetElapsedTime(began);

        // Bounds of ours (3 and 10 s) that a slow machine only scratches: twice the time is allowed before the test fails.
        Assert.True(toldAfter < TimeSpan.FromSeconds(6), $"the publishes failed after {toldAfter.TotalSeconds:0.0} s");
        Assert.True(leftAfter < TimeSpan.FromSeconds(20), $"left after {leftAfter.TotalSeconds:0.0} s");
        Assert.True(unconfirmed.Any(publish => publish.IsFaulted), "nothing was unconfirmed");
    }

    public sealed class OwnBroker : IDisposable
    {
        public TestBroker Broker { get; } = TestBroker.Start("leaving");

        public void Dispose() => Broker.Stop();
    }
}

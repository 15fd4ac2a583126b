using System.Diagnostics;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Integration.Tests;

/// <summary>
/// Leaving a broker that does not answer: a stop takes at most twice the grace period and 6 s, a disposal 10 s. The client's own limits are 20 and 30 s
/// a step, so the bounds are far from what a slow machine adds.
/// </summary>
public sealed class LeavingTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    /// <summary>So long that nothing but our own limits ends a wait.</summary>
    private static readonly TimeSpan s_longHeartbeat = TimeSpan.FromSeconds(60);

    public enum Peer
    {
        Frozen,
        Silent,
        Deaf,
    }

    [Theory]
    [InlineData(Peer.Frozen)]
    [InlineData(Peer.Silent)]
    [InlineData(Peer.Deaf)]
    public async Task A_worker_leaves_in_bounded_time(Peer peer)
    {
        await using var proxy = new TcpProxy(Uri);
        var script = new Script("node");
        IHost host = CreateHost(
            options =>
            {
                options.Uri = proxy.Uri;
                options.Heartbeat = s_longHeartbeat;
            },
            worker => worker
                .AddProcessorsFrom<ConcurrentProcessors>().AddProcessorsFrom<SequentialProcessors>().AddProcessorsFrom<BroadcastProcessors>()
                .Configure(options => options.ShutdownGracePeriod = TimeSpan.FromSeconds(1)),
            new LogSink(),
            services => services.AddSingleton(script));
        await host.StartAsync();
        var never = new TaskCompletionSource<TaskProcessingJobResult>();
        script.OnRun = (_, _) => never.Task;
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await Eventually.TrueAsync(() => !script.Runs.IsEmpty, "the task to run");

        Turn(proxy, peer);
        await WithinAsync(host.StopAsync(), TimeSpan.FromSeconds(8), "the stop");
        await WithinAsync(DisposeAsync(host), TimeSpan.FromSeconds(10), "the disposal");
        never.SetResult(TaskProcessingJobResult.Complete);
    }

    [Theory]
    [InlineData(Peer.Frozen, true)]
    [InlineData(Peer.Frozen, false)]
    [InlineData(Peer.Silent, true)]
    [InlineData(Peer.Silent, false)]
    public async Task A_worker_that_is_disposed_of_without_a_stop_leaves_in_bounded_time(Peer peer, bool synchronously)
    {
        await using var proxy = new TcpProxy(Uri);
        IHost host = CreateHost(
            options =>
            {
                options.Uri = proxy.Uri;
                options.Heartbeat = s_longHeartbeat;
            },
            worker => worker.AddProcessorsFrom<ConcurrentProcessors>(),
            new LogSink(),
            services => services.AddSingleton(new Script("node")));
        await host.StartAsync();
        Turn(proxy, peer);
        await WithinAsync(synchronously ? Task.Run(host.Dispose) : DisposeAsync(host), TimeSpan.FromSeconds(10), "the disposal");
    }

    [Fact]
    public async Task A_provider_with_a_worker_may_be_disposed_of_synchronously()
    {
        IHost host = CreateHost(_ => { }, worker => worker.AddProcessorsFrom<ConcurrentProcessors>(), new LogSink(), services => services.AddSingleton(new Script("node")));
        await host.StartAsync();
        await host.StopAsync();
        await Task.Run(((ServiceProvider)host.Services).Dispose).WaitAsync(Eventually.Deadline);
    }

    private static Task DisposeAsync(IHost host) => ((IAsyncDisposable)host).DisposeAsync().AsTask();

    /// <summary>Frozen: open and without an answer. Silent: lost, and each new connection is accepted and never answered. Deaf: takes what is sent, without an answer.</summary>
    private static void Turn(TcpProxy proxy, Peer peer)
    {
        switch (peer)
        {
            case Peer.Silent:
                proxy.Silent = true;
                proxy.Reset();
                break;
            default:
                proxy.Freeze(onlyAnswers: peer == Peer.Deaf);
                break;
        }
    }

    /// <summary>Bounds of ours that a slow machine only scratches: twice the time is allowed before the test fails.</summary>
    private static async Task WithinAsync(Task task, TimeSpan bound, string what)
    {
        long began = Stopwatch.GetTimestamp();
        await task.WaitAsync(TimeSpan.FromMinutes(3));
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        Assert.True(took < bound * 2, $"{what} took {took.TotalSeconds:0.0} s");
    }
}

using System.Diagnostics;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Integration.Tests;

/// <summary>A broker that takes a question and does not answer. The client gives it up after 20 s, by a TaskCanceledException.</summary>
public sealed class UnansweredTests : BrokerTest
{
    /// <summary>So long that nothing ends the connection before the client gives up its question.</summary>
    private static readonly TimeSpan s_longHeartbeat = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_subscription_that_is_not_answered_is_tried_again()
    {
        await using var proxy = new TcpProxy(Uri);
        int opened = 0;
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(
            broker: options =>
            {
                options.Uri = proxy.Uri;
                options.Heartbeat = s_longHeartbeat;
            },
            services: services => services.AddSingleton<ILoggerProvider>(new OnLine("Consuming connection open", () =>
            {
                if (Interlocked.Increment(ref opened) == 2)
                {
                    proxy.Freeze();
                }
            })));

        proxy.Reset();
        await Eventually.TrueAsync(() => node.Log.Contains($"Consuming {Queue(ConcurrentProcessors.QueueId)} failed"), "the subscription to be given up");
        proxy.Thaw();

        await Tasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
    }

    [Fact]
    public async Task Publishing_goes_on_after_a_channel_that_was_not_opened()
    {
        await using var proxy = new TcpProxy(Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        var log = new LogSink();
        int opened = 0;
        using IHost publisher = CreateHost(
            options =>
            {
                options.Uri = proxy.Uri;
                options.Heartbeat = s_longHeartbeat;
                options.PublishTimeout = TimeSpan.FromSeconds(1);
            },
            null,
            log,
            services => services.AddSingleton<ILoggerProvider>(new OnLine("Publishing connection open", () =>
            {
                if (Interlocked.Increment(ref opened) == 1)
                {
                    proxy.Freeze();
                }
            })));
        ITaskManager tasks = publisher.Services.GetRequiredService<ITaskManager>();

        await Assert.ThrowsAsync<BrokerUnavailableException>(() => tasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType));
        await Eventually.TrueAsync(() => log.Contains("A channel for publishing could not be used"), "the channel to be given up");
        proxy.Thaw();

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await tasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType);
                    return true;
                }
                catch (BrokerUnavailableException)
                {
                    return false;
                }
            },
            "publishing to go on");
        await Eventually.TrueAsync(() => node.Runs.Count > 0, "the task to run");
    }

    /// <summary>What the publisher stands still in when the broker falls silent.</summary>
    public enum Wait
    {
        Look,
        Write,
        Confirm,
    }

    [Theory]
    [InlineData(Wait.Look)]
    [InlineData(Wait.Write)]
    [InlineData(Wait.Confirm)]
    public async Task Publishing_does_not_stand_still_for_ever_and_goes_on_under_the_same_ids(Wait wait)
    {
        await DeclareAsync(new QueueDefinition { QueueId = "known" });
        await DeclareAsync(new QueueDefinition { QueueId = "unknown" });
        await using var proxy = new TcpProxy(Uri);
        var log = new LogSink();
        using IHost publisher = CreateHost(
            options =>
            {
                options.Uri = proxy.Uri;
                options.Heartbeat = s_longHeartbeat;
                options.PublishTimeout = TimeSpan.FromMinutes(10);
                options.MaxOutstandingConfirms = wait == Wait.Confirm ? 2 : 1000;
            },
            null,
            log);
        ITaskManager tasks = publisher.Services.GetRequiredService<ITaskManager>();
        await tasks.AddTaskAsync("known", Scripted.TaskType);

        proxy.Freeze(onlyAnswers: wait == Wait.Confirm, unread: wait == Wait.Write);
        // For a write to stand still, the client's queue and the sockets have to be full.
        string text = new('x', wait == Wait.Write ? 200_000 : 10);
        List<Task<TaskId>> publishes =
        [
            .. Enumerable.Range(0, wait == Wait.Write ? 400 : 5).Select(_ => tasks.AddTaskAsync(wait == Wait.Look ? "unknown" : "known", Scripted.TaskType, new ScriptDirective { Text = text })),
        ];
        string told = wait switch
        {
            Wait.Look => "the broker has not answered",
            Wait.Write => "waiting for the broker to take what is written",
            _ => "waiting for the broker to confirm what was sent",
        };
        await Eventually.TrueAsync(() => log.Contains(told), "the wait to be given up", TimeSpan.FromMinutes(3));
        Assert.All(publishes, publish => Assert.False(publish.IsCompleted));
        proxy.Thaw();

        TaskId[] confirmed = await Task.WhenAll(publishes).WaitAsync(TimeSpan.FromMinutes(3));
        var stored = new HashSet<string>(StringComparer.Ordinal);
        while (await Raw.TakeAsync(Queue(wait == Wait.Look ? "unknown" : "known")) is { } message)
        {
            stored.Add(message.Properties.MessageId!);
        }

        Assert.All(confirmed, id => Assert.Contains(id.Value, stored));
    }

    [Fact]
    public async Task A_stop_whose_cancel_is_not_answered_still_tells_what_runs_and_ends()
    {
        await using var proxy = new TcpProxy(Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options =>
        {
            options.Uri = proxy.Uri;
            options.Heartbeat = s_longHeartbeat;
        });
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Script.OnRun = async (_, cancellationToken) =>
        {
            using CancellationTokenRegistration registration = cancellationToken.Register(told.SetResult);
            await told.Task;
            return TaskProcessingJobResult.Abort;
        };
        await Tasks.AddTaskAsync(ConcurrentProcessors.QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);

        proxy.Freeze();
        Task stop = node.Host.StopAsync();
        await told.Task.WaitAsync(Eventually.Deadline);
        proxy.Thaw();
        await stop.WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task Slow_answers_about_many_queues_are_not_taken_for_none()
    {
        await using var proxy = new TcpProxy(Uri);
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(
            broker: options =>
            {
                options.Uri = proxy.Uri;
                options.Heartbeat = TimeSpan.FromSeconds(6);
            },
            worker: builder => builder
                .AddProcessorsFrom<SequentialProcessors>()
                .AddProcessorsFrom<TailProcessors>()
                .AddProcessorsFrom<HaltProcessors>()
                .AddProcessorsFrom<BroadcastProcessors>()
                .AddProcessorsFrom<FragileProcessors>());

        // Each answer comes well within the patience of 10.5 s, those about the six queues together do not.
        proxy.Delay = TimeSpan.FromSeconds(1);
        long slow = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(slow) > TimeSpan.FromSeconds(35), "several rounds of the watchdog");

        Assert.False(node.Log.Contains("has not answered"), string.Join(Environment.NewLine, node.Log.Lines));
        proxy.Delay = TimeSpan.Zero;
    }

    /// <summary>Acts at the very moment at which something is logged.</summary>
    private sealed class OnLine(string part, Action act) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(part, StringComparison.Ordinal))
            {
                act();
            }
        }
    }
}

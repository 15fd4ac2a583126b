using System.Collections.Concurrent;
using BrokerQueues.Broker;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>What is taken away from under a worker, it gets back by itself.</summary>
public sealed class SurvivalTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task A_queue_deleted_under_its_consumer_is_declared_and_consumed_again()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options => options.Heartbeat = TimeSpan.FromSeconds(1));

        await Raw.DeleteQueueAsync(Queue(QueueId));
        await Raw.DeleteQueueAsync(Names.Failed(QueueId));

        await Eventually.EqualAsync<uint?>(1, () => Raw.ConsumersAsync(Queue(QueueId)), "the consumer to be back");
        Assert.Equal(0u, await Raw.CountAsync(Names.Failed(QueueId)));
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
    }

    [Fact]
    public async Task A_host_that_is_disposed_without_a_stop_as_after_a_failed_start_consumes_nothing_more_and_is_quiet()
    {
        var log = new LogSink();
        IHost host = CreateHost(options => options.ApplicationName = $"{Prefix}disposed", worker => worker.AddProcessorsFrom<ConcurrentProcessors>(), log, services => services.AddSingleton(new Script("node")));
        await host.StartAsync();
        using var management = new ManagementApi();
        await Eventually.TrueAsync(async () => (await management.ConnectionsAsync($"{Prefix}disposed")).Count > 0, "the connection to be listed");

        await ((IAsyncDisposable)host).DisposeAsync();
        int lines = log.Lines.Count;
        await Eventually.EqualAsync<uint?>(0, () => Raw.ConsumersAsync(Queue(QueueId)), "the consumer to be gone");
        await Eventually.EqualAsync(0, async () => (await management.ConnectionsAsync($"{Prefix}disposed")).Count, "connections listed");

        Assert.Equal(lines, log.Lines.Count);
    }

    [Fact]
    public async Task A_virtual_host_that_is_refused_is_tried_again_at_a_growing_pace_and_named()
    {
        var log = new LogSink();
        using IHost host = CreateHost(
            options =>
            {
                options.Uri = new UriBuilder(Uri) { Path = "/no-such-host" }.Uri;
                options.PublishTimeout = TimeSpan.FromSeconds(3);
            },
            null,
            log);

        int calls = 0;
        // Until the broker has answered, what can be said is only that there is no connection.
        await Eventually.TrueAsync(
            async () =>
            {
                calls++;
                return (await Assert.ThrowsAsync<BrokerUnavailableException>(() => host.Services.GetRequiredService<ITaskManager>().AddTaskAsync(QueueId, Scripted.TaskType)))
                    .Message.Contains("it has no virtual host 'no-such-host'. Add it", StringComparison.Ordinal);
            },
            "the refusal to be told");

        Assert.False(log.Contains("connection open"));
        Assert.InRange(log.Lines.Count(line => line.Contains("next attempt in", StringComparison.Ordinal)), 1, 15 * calls);
    }

    [Fact]
    public async Task A_queue_deleted_and_declared_again_at_once_is_consumed_again_without_a_word_from_the_broker()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options => options.Heartbeat = TimeSpan.FromSeconds(1));
        var queue = new QueueDefinition { QueueId = QueueId };

        await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
        {
            QueueSpec spec = TaskQueueTopology.Shared(queue, Names).Queues.Single(candidate => candidate.Name == Queue(QueueId));
            await channel.QueueDeleteAsync(spec.Name, ifUnused: false, ifEmpty: false, noWait: true);
            await channel.QueueDeclareAsync(spec.Name, durable: true, exclusive: false, autoDelete: false, spec.Arguments.ToDictionary());
        }

        await DeclareAsync(queue);
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);
    }

    [Fact]
    public async Task A_lost_connection_aborts_what_runs_refuses_its_commit_and_runs_it_again()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>("a");
        var aborted = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        int runs = 0;
        node.Script.OnRun = async (job, cancellationToken) =>
        {
            if (Interlocked.Increment(ref runs) > 1)
            {
                return Result.Complete;
            }

            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Assert.True(job.JobAborted.IsCancellationRequested);
            }

            aborted.SetResult(await Record.ExceptionAsync(() => job.CommitAsync(CancellationToken.None)));
            return Result.Complete;
        };
        TaskId id = await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await node.HasRunAsync(1);

        using var management = new ManagementApi();
        await Eventually.TrueAsync(async () => await management.CloseConnectionsAsync($"{Prefix}a") > 0, "the connection to be listed and closed");

        Assert.IsAssignableFrom<OperationCanceledException>(await aborted.Task.WaitAsync(Eventually.Deadline));
        await node.HasRunAsync(2);
        Assert.Equal([(id, 1), (id, 1)], node.Runs.Select(run => (run.TaskId, run.Attempt)));
        await Eventually.TrueAsync(() => node.Log.Contains("the channel it came on is gone"), "the lost result to be logged");
    }

    [Fact]
    public async Task A_channel_that_closes_alone_is_opened_again()
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        var sink = new CollectingSink();
        using Microsoft.Extensions.Hosting.IHost host = CreateHost(_ => { }, null, new LogSink());
        await using BrokerConnections connections = host.Services.GetRequiredService<BrokerConnections>();
        var subscription = new SubscriptionSpec { QueueId = QueueId, QueueName = Queue(QueueId), Prefetch = 5, FirstPrefetch = 5 };
        var consumer = new QueueConsumer(
            subscription, connections.Consuming, host.Services.GetRequiredService<TopologyKeeper>(), sink, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance);
        await consumer.StartAsync(default);
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await Eventually.TrueAsync(() => sink.Deliveries.Count == 1, "the first delivery");
        Delivery first = sink.Deliveries.Single();

        // Acknowledging a tag twice is a channel error, 406.
        Assert.True(await first.Session.AckAsync(first));
        await first.Session.AckAsync(new Delivery(first.Session, first.Tag, redelivered: false, first.Properties, default));

        await Eventually.TrueAsync(() => first.Session.Aborted.IsCancellationRequested, "the session to end");
        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
        await Eventually.TrueAsync(() => sink.Deliveries.Count == 2, "a delivery over the new channel");
        Delivery second = sink.Deliveries.Last();
        Assert.NotSame(first.Session, second.Session);
        Assert.True(await second.Session.AckAsync(second));
        Assert.False(await second.Session.AckAsync(second), "a delivery is settled once");
        await consumer.CloseAsync();
    }

    [Fact]
    public async Task A_missing_parking_queue_is_declared_again_and_takes_the_task()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        node.Script.OnRun = (_, _) => Task.FromResult(Result.Fatal);
        await Raw.DeleteQueueAsync(Names.Fatal(QueueId));

        await Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Number = 8 });

        await Eventually.TrueAsync(async () => await Raw.CountAsync(Names.Fatal(QueueId)) == 1, "the task in the repaired parking queue");
        Assert.Contains("\"Number\":8", (await Raw.ReceiveAsync(Names.Fatal(QueueId))).Text, StringComparison.Ordinal);
        Assert.True(node.Log.Contains("is missing on the broker; declaring it again"));
        await StopAsync(node);
        Assert.Equal(0u, await Raw.CountAsync(Queue(QueueId)));
    }

    [Fact]
    public async Task A_consumer_timeout_ends_the_running_task_and_does_not_wedge_the_queue()
    {
        if (TestBroker.Shared.Line is "3.10")
        {
            // Only the node's own setting counts there; AlarmAndTimeoutTests has a broker of its own for it.
            return;
        }

        var queue = new QueueDefinition { QueueId = SequentialProcessors.QueueId, Behavior = TaskQueueBehavior.Sequential };
        await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
        {
            Dictionary<string, object?> arguments = TaskQueueTopology.Shared(queue, Names).Queues.Single(spec => spec.Name == Queue(queue.QueueId)).Arguments.ToDictionary();
            arguments["x-consumer-timeout"] = 2000;
            await channel.QueueDeclareAsync(Queue(queue.QueueId), durable: true, exclusive: false, autoDelete: false, arguments);
        }

        await Assert.ThrowsAsync<TopologyException>(() => DeclareAsync(queue));
        await DeclareAsync(queue, except: Queue(queue.QueueId));
        TestNode node = await StartNodeAsync<SequentialProcessors>("a", options => options.DeclareTopology = false);
        int runs = 0;
        node.Script.OnRun = async (job, cancellationToken) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return Result.Complete;
        };
        await Tasks.AddTaskAsync(SequentialProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = 1 });
        await Tasks.AddTaskAsync(SequentialProcessors.QueueId, Scripted.TaskType, new ScriptDirective { Number = 2 });

        await Eventually.TrueAsync(() => node.Runs.Count >= 3, "the rest to run after the timeout");
        Assert.Equal([1, 1, 2], node.Runs.Select(run => run.Number));
        Assert.True(node.Log.Contains("consumer timeout"));
    }

    // It said 'Consuming' once a minute and queue, at Information.
    [Fact]
    public async Task An_idle_queue_that_is_consumed_anew_is_told_at_Debug_only()
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>(broker: options => options.Heartbeat = TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => node.Log.Lines.Count(line => line.Contains("was renewed after an idle while", StringComparison.Ordinal)) >= 2, "two renewals");

        Assert.Single(node.Log.Lines, line => line.Contains($"Consuming {Queue(QueueId)}", StringComparison.Ordinal) && !line.StartsWith("Debug", StringComparison.Ordinal));
    }

    private sealed class CollectingSink : IDeliverySink
    {
        public ConcurrentQueue<Delivery> Deliveries { get; } = new();

        public bool HasWaiting => false;

        public void Accept(Delivery delivery) => Deliveries.Enqueue(delivery);

        public Task WhenReadyAsync(Action standsAside, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

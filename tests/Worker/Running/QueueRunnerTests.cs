using System.Reflection;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Tests.Consuming;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using BrokerQueues.Worker.Tests.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>What may have changed while the broker took its time to answer is asked again before a task starts.</summary>
public sealed class QueueRunnerTests : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    private readonly ScriptedClient _client = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ulong> _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ServiceProvider _services;
    private readonly TaskCompletionSource _ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _runs;

    public QueueRunnerTests()
    {
        var services = new ServiceCollection();
        services.AddBrokerQueues();
        _services = services.BuildServiceProvider();
        _client.On(nameof(IChannel.BasicAckAsync), _ =>
        {
            _acknowledged.TrySetResult();
            return default(ValueTask);
        });
        _client.On(nameof(IChannel.BasicNackAsync), arguments =>
        {
            _returned.TrySetResult((ulong)arguments[0]!);
            return default(ValueTask);
        });
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task A_task_does_not_start_where_its_session_ends_while_the_broker_is_asked_for_more()
    {
        QueueRunner runner = CreateRunner();
        ConsumerSession session = await DeliverOneAndHoldTheAnswerAsync(runner);

        session.End(SessionEndKind.Lost, "the link is gone");
        _answer.SetResult();
        await runner.StopTakingAsync(default);
        await runner.Finished.WaitAsync(s_limit);

        Assert.Equal(0, _runs);
        Assert.False(_returned.Task.IsCompleted);
    }

    [Fact]
    public async Task A_task_does_not_start_and_goes_back_where_the_node_is_stopped_while_the_broker_is_asked_for_more()
    {
        QueueRunner runner = CreateRunner();
        await DeliverOneAndHoldTheAnswerAsync(runner);

        await runner.StopTakingAsync(default);
        _answer.SetResult();
        await runner.Finished.WaitAsync(s_limit);

        Assert.Equal(0, _runs);
        Assert.Equal(1ul, await _returned.Task.WaitAsync(s_limit));
    }

    [Fact]
    public async Task A_task_starts_once_the_broker_has_answered()
    {
        QueueRunner runner = CreateRunner();
        await DeliverOneAndHoldTheAnswerAsync(runner);
        Assert.Equal(0, _runs);

        _answer.SetResult();
        await _ran.Task.WaitAsync(s_limit);
        await runner.StopTakingAsync(default);
        await runner.Finished.WaitAsync(s_limit);
    }

    // Over a link that has frozen, the broker's answer to the cancelling takes seconds; what waited here went on starting.
    [Fact]
    public async Task Nothing_starts_while_a_node_that_is_stopped_waits_for_its_consumer_to_be_cancelled()
    {
        var first = new TaskCompletionSource();
        QueueRunner runner = CreateRunner(concurrency: 1, work: first.Task);
        ConsumerSession session = await StartSessionAsync(runner, prefetch: 10);
        // As if the consumer had subscribed.
        typeof(QueueConsumer).GetField("_session", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(runner.Consumer, session);
        _client.On(nameof(IChannel.BasicCancelAsync), _ =>
        {
            _asked.TrySetResult();
            return _answer.Task;
        });
        await DeliverAsync(session, 1);
        await DeliverAsync(session, 2);
        await _ran.Task.WaitAsync(s_limit);

        Task stopping = runner.StopTakingAsync(default);
        await _asked.Task.WaitAsync(s_limit);
        first.SetResult();
        await _acknowledged.Task.WaitAsync(s_limit);
        Assert.False(_returned.Task.IsCompleted);
        _answer.SetResult();
        await stopping.WaitAsync(s_limit);
        await runner.Finished.WaitAsync(s_limit);

        Assert.Equal(1, _runs);
        Assert.Equal(2ul, await _returned.Task.WaitAsync(s_limit));
    }

    // The directive's own code runs before the execution, and may take its time.
    [Fact]
    public async Task A_task_does_not_start_where_its_session_ends_while_its_directive_is_read()
    {
        QueueRunner runner = CreateRunner(typeof(SlowDirective));
        ConsumerSession session = await StartSessionAsync(runner, prefetch: 10);
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SlowDirective.OnRead = () =>
        {
            session.End(SessionEndKind.Lost, "the link is gone");
            read.TrySetResult();
        };

        await DeliverAsync(session);
        await read.Task.WaitAsync(s_limit);
        await runner.StopTakingAsync(default);
        await runner.Finished.WaitAsync(s_limit);

        Assert.Equal(0, _runs);
    }

    // Acknowledged without its copy, the task would be lost.
    [Fact]
    public async Task A_task_whose_copy_is_not_sent_because_the_program_ends_stays_unsettled()
    {
        QueueRunner runner = CreateRunner(work: Task.FromException(new TaskResultException(TaskProcessingJobResult.Fatal, "no use")));
        ConsumerSession session = await StartSessionAsync(runner, prefetch: 10);
        bool rejected = false;
        _client.On(nameof(IChannel.BasicRejectAsync), _ =>
        {
            rejected = true;
            return default(ValueTask);
        });
        await _services.GetRequiredService<ConfirmingPublisher>().DisposeAsync();

        await DeliverAsync(session);
        await _ran.Task.WaitAsync(s_limit);
        await runner.StopTakingAsync(default);
        await runner.Finished.WaitAsync(s_limit);

        Assert.False(session.IsOver);
        Assert.Equal((false, false, false), (_acknowledged.Task.IsCompleted, _returned.Task.IsCompleted, rejected));
        Assert.Equal(1, session.Unsettled);
    }

    private async Task<ConsumerSession> DeliverOneAndHoldTheAnswerAsync(QueueRunner runner)
    {
        ConsumerSession session = await StartSessionAsync(runner, prefetch: 1);
        _client.On(nameof(IChannel.BasicQosAsync), _ =>
        {
            _asked.TrySetResult();
            return _answer.Task;
        });
        await DeliverAsync(session);
        await _asked.Task.WaitAsync(s_limit);
        return session;
    }

    private Task<ConsumerSession> StartSessionAsync(QueueRunner runner, ushort prefetch) => ConsumerSession.StartAsync(
        _client.Connection, Subscription(prefetch), runner, TimeProvider.System, NullLogger.Instance, default);

    private static Task DeliverAsync(ConsumerSession session, ulong tag = 1) => ((IAsyncBasicConsumer)session).HandleBasicDeliverAsync(
        "consumer", tag, redelivered: false, "orders", "orders",
        new BasicProperties { Type = "Send", ContentType = "application/json", MessageId = "task-1" }, "{\"Number\":1}"u8.ToArray(), default);

    private QueueRunner CreateRunner(Type? directive = null, int concurrency = 5, Task? work = null)
    {
        var queue = new QueueDefinition { QueueId = "orders", MaxConcurrency = concurrency, Prefetch = 10 };
        ProcessorDescriptor processor = Processor.Of((_, _) =>
        {
            Interlocked.Increment(ref _runs);
            _ran.TrySetResult();
            return work ?? Task.CompletedTask;
        });
        if (directive is not null)
        {
            processor = processor with { DirectiveType = directive, CreateJob = JobFactory.For(directive) };
        }

        SubscriptionSpec subscription = Subscription(prefetch: 1);
        BrokerNames names = _services.GetRequiredService<BrokerNames>();
        ExecutionTelemetry telemetry = TestTelemetry.Of("orders", TimeProvider.System, NullLoggerFactory.Instance);
        var settler = new DeliverySettler(
            subscription, _services.GetRequiredService<CopyPublisher>(), names, _services.GetRequiredService<NodeIdentity>(),
            _services.GetRequiredService<ParkingCounter>(), TimeProvider.System);
        var bound = new BoundProcessor(processor, [], _services.GetRequiredService<IServiceScopeFactory>(), TimeProvider.System, NullLogger.Instance);
        var pipeline = new TaskPipeline(
            [
                new ReadStep("orders"),
                new BindStep(new Dictionary<string, BoundProcessor>(StringComparer.Ordinal) { ["Send"] = bound }, new DirectiveJson()),
                new RunStep(telemetry, TimeProvider.System, NullLogger.Instance),
                new JudgeStep(new ExceptionClassifier([], Options.Create(new WorkerOptions()), NullLoggerFactory.Instance)),
                new MeasureStep(telemetry),
                new DecideStep(new ResultPolicy(new WorkerOptions(), () => 0), queue, TimeProvider.System),
                new RunAgainStep("orders", telemetry, TimeProvider.System, NullLogger.Instance),
                new SettleStep("orders", names, settler, telemetry, NullLogger.Instance),
            ],
            "orders", NullLogger.Instance);
        return new QueueRunner(
            subscription, concurrency, pipeline, new FailedHandling(subscription, names, settler, NullLogger.Instance), settler, [], telemetry, TimeProvider.System, NullLogger.Instance,
            sink => new QueueConsumer(
                subscription, _services.GetRequiredService<BrokerConnections>().Consuming,
                _services.GetRequiredService<TopologyKeeper>(), sink, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance));
    }

    private static SubscriptionSpec Subscription(ushort prefetch) =>
        new() { QueueId = "orders", QueueName = "orders", Prefetch = 10, FirstPrefetch = prefetch, Return = ReturnMode.NackOrFreshCopy };

    public sealed class SlowDirective : TaskDirective
    {
        public static Action OnRead { get; set; } = () => { };

        public int Number
        {
            get;
            set
            {
                OnRead();
                field = value;
            }
        }
    }
}

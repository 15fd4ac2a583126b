using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Consuming;

public sealed class SessionLooksTests
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly ScriptedClient _client = new();
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(TaskQueueBehavior.Concurrent)]
    [InlineData(TaskQueueBehavior.Sequential)]
    public async Task A_node_that_does_not_reach_the_leader_says_nothing_and_nobody_however_often_and_no_running_task_is_aborted(TaskQueueBehavior behavior)
    {
        (ConsumerSession session, SessionLooks looks) = await StartAsync(behavior, running: true);

        for (int look = 0; look < 20; look++)
        {
            Assert.Null(Look(looks, messages: 0, consumers: 0));
        }

        Assert.False(session.IsOver);
    }

    [Fact]
    public async Task A_consumer_is_lost_when_two_looks_say_that_nobody_takes_what_is_ready()
    {
        (_, SessionLooks looks) = await StartAsync(TaskQueueBehavior.Sequential, running: true);

        Assert.Null(Look(looks, messages: 3, consumers: 0));
        Assert.Contains("lost its consumer", Look(looks, messages: 3, consumers: 0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_is_gone_when_two_looks_say_so()
    {
        (_, SessionLooks looks) = await StartAsync(TaskQueueBehavior.Concurrent, running: true);

        Assert.Null(Judge(looks, null));
        Assert.Contains("gone", Judge(looks, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_that_finds_all_well_in_between_clears_the_suspicion()
    {
        (_, SessionLooks looks) = await StartAsync(TaskQueueBehavior.Concurrent, running: true);

        for (int look = 0; look < 10; look++)
        {
            Assert.Null(Look(looks, messages: 3, consumers: 0));
            Assert.Null(Look(looks, messages: 0, consumers: 1));
            Assert.Null(Judge(looks, null));
            Assert.Null(Look(looks, messages: 0, consumers: 1));
        }
    }

    [Fact]
    public async Task A_delivery_in_between_clears_the_suspicion()
    {
        (ConsumerSession session, SessionLooks looks) = await StartAsync(TaskQueueBehavior.Concurrent, running: true);

        for (ulong look = 2; look < 12; look++)
        {
            Assert.Null(Look(looks, messages: 3, consumers: 0));
            await DeliverAsync(session, look);
        }
    }

    [Fact]
    public async Task Ready_tasks_of_which_none_comes_end_a_session_with_room_at_the_second_look()
    {
        (_, SessionLooks looks) = await StartAsync(TaskQueueBehavior.Concurrent, running: false);

        Assert.Null(Look(looks, messages: 3, consumers: 2));
        Assert.Contains("none is delivered", Look(looks, messages: 3, consumers: 2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task An_idle_session_is_renewed_and_a_busy_one_is_not(bool running, bool renewed)
    {
        (ConsumerSession session, SessionLooks looks) = await StartAsync(TaskQueueBehavior.Concurrent, running);
        for (TimeSpan passed = TimeSpan.Zero; passed <= s_idle + (2 * s_interval); passed += s_interval)
        {
            Assert.Null(Look(looks, messages: 0, consumers: 1));
        }

        Assert.Equal(renewed, session.IsOver);
    }

    private string? Look(SessionLooks looks, uint messages, uint consumers) => Judge(looks, new QueueDeclareOk("q", messages, consumers));

    private string? Judge(SessionLooks looks, QueueDeclareOk? queue)
    {
        string? fault = looks.Judge(queue);
        _time.Advance(s_interval);
        return fault;
    }

    private async Task<(ConsumerSession Session, SessionLooks Looks)> StartAsync(TaskQueueBehavior behavior, bool running)
    {
        var spec = new SubscriptionSpec { QueueId = "q", QueueName = "q", Prefetch = 10, FirstPrefetch = 10, IsSingleActive = behavior == TaskQueueBehavior.Sequential };
        ConsumerSession session = await ConsumerSession.StartAsync(
            _client.Connection, spec, new Sink(), _time, NullLogger.Instance, CancellationToken.None);
        if (running)
        {
            await DeliverAsync(session, 1);
        }

        return (session, new SessionLooks(session, spec, s_idle, _time));
    }

    private static Task DeliverAsync(IAsyncBasicConsumer session, ulong tag) =>
        session.HandleBasicDeliverAsync("consumer", tag, redelivered: false, "", "q", new BasicProperties(), default, CancellationToken.None);

    private sealed class Sink : IDeliverySink
    {
        public bool HasWaiting => false;

        public void Accept(Delivery delivery)
        {
        }

        public Task WhenReadyAsync(Action standsAside, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

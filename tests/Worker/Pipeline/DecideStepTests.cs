using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Tests.Consuming;
using BrokerQueues.Broker.Wire;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Worker.Tests.Pipeline;

public sealed class DecideStepTests
{
    // As NewTask has it.
    private static readonly DateTimeOffset s_created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Theory]
    [InlineData(59, nameof(SettlementAction.Requeue))]
    [InlineData(61, nameof(SettlementAction.Park))]
    public async Task The_age_of_a_task_counts_from_its_timestamp_to_now(int minutes, string expected)
    {
        TaskExecution execution = await DecideAsync(TimeSpan.FromHours(1), s_created + TimeSpan.FromMinutes(minutes));
        Assert.Equal(expected, execution.Plan.Action.ToString());
    }

    [Fact]
    public async Task Without_a_MaxAge_a_task_is_requeued_however_old_it_is() =>
        Assert.Equal(SettlementAction.Requeue, (await DecideAsync(maxAge: null, s_created + TimeSpan.FromDays(3650))).Plan.Action);

    private static async Task<TaskExecution> DecideAsync(TimeSpan? maxAge, DateTimeOffset now)
    {
        var spec = new SubscriptionSpec { QueueId = "orders", QueueName = "orders", Prefetch = 1 };
        ConsumerSession session = await ConsumerSession.StartAsync(new ScriptedClient().Connection, spec, null!, TimeProvider.System, NullLogger.Instance, default);
        TaskMessage task = Processor.NewTask();
        var execution = new TaskExecution
        {
            Task = task,
            Processor = new BoundProcessor(Processor.Of((_, _) => Task.CompletedTask) with { MaxAge = maxAge }, [], null!, TimeProvider.System, NullLogger.Instance),
            Outcome = ExecutionOutcome.Of(Requeue),
        };
        execution.Begin(new Delivery(session, 1, redelivered: false, task.Properties, default), default);
        await new DecideStep(new ResultPolicy(new WorkerOptions(), () => 0), new QueueDefinition { QueueId = "orders" }, new FakeTimeProvider(now)).ExecuteAsync(execution);
        return execution;
    }
}

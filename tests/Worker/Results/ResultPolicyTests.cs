using System.Globalization;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Tests.Pipeline;
using static BrokerQueues.TaskProcessingJobResult;
using static BrokerQueues.TaskQueueBehavior;

namespace BrokerQueues.Worker.Tests.Results;

/// <summary>The result table of section 5 of the design, cell by cell.</summary>
public sealed class ResultPolicyTests
{
    private const int MaxRetries = 3;
    private const int MaxRequeues = 5;

    private static SettlementPlan Decide(
        TaskProcessingJobResult result, QueueDefinition queue, int attempt = 1, int retryCount = 0, int aborts = 0, long returnCount = 0, bool stopping = false,
        double random = 0, WorkerOptions? options = null) =>
        new ResultPolicy(options ?? new WorkerOptions(), () => random).Decide(
            ExecutionOutcome.Of(result), queue, Processor.Of((_, _) => Task.CompletedTask) with { MaxRetries = MaxRetries, MaxRequeues = MaxRequeues },
            new TaskStanding(attempt, retryCount, aborts, returnCount, stopping)).Plan;

    private static QueueDefinition Queue(TaskQueueBehavior behavior, RequeuePlacement placement = RequeuePlacement.Head, int deliveryLimit = 20) =>
        new() { QueueId = "orders", Behavior = behavior, RequeuePlacement = placement, DeliveryLimit = deliveryLimit };

    private static string Describe(SettlementPlan plan) =>
        plan.Action +
        (plan.Action == SettlementAction.Park ? $" {plan.Parking}" : plan.Parking == default ? "" : " PARKING?") +
        (plan.Delay > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $" after {plan.Delay.TotalSeconds} s") : "") +
        (plan.CountsAttempt ? ", next attempt" : "");

    [Theory]
    [InlineData(Complete, Concurrent, "Acknowledge")]
    [InlineData(Complete, Sequential, "Acknowledge")]
    [InlineData(Complete, Broadcast, "Acknowledge")]
    [InlineData(Retry, Concurrent, "RunAgain")]
    [InlineData(Retry, Sequential, "RunAgain")]
    [InlineData(Retry, Broadcast, "RunAgain")]
    [InlineData(Requeue, Concurrent, "Requeue after 1 s, next attempt")]
    [InlineData(Requeue, Sequential, "HoldAndRunAgain after 1 s, next attempt")]
    [InlineData(Requeue, Broadcast, "AcknowledgeFailure")]
    [InlineData(Fail, Concurrent, "Requeue after 1 s, next attempt")]
    [InlineData(Fail, Sequential, "HoldAndRunAgain after 1 s, next attempt")]
    [InlineData(Fail, Broadcast, "AcknowledgeFailure")]
    [InlineData(Fatal, Concurrent, "Park Fatal")]
    [InlineData(Fatal, Sequential, "Park Fatal")]
    [InlineData(Fatal, Broadcast, "AcknowledgeFailure")]
    [InlineData(Cancel, Concurrent, "Acknowledge")]
    [InlineData(Cancel, Sequential, "Acknowledge")]
    [InlineData(Cancel, Broadcast, "Acknowledge")]
    [InlineData(Abort, Concurrent, "Requeue after 1 s")]
    [InlineData(Abort, Sequential, "Return")]
    [InlineData(Abort, Broadcast, "AcknowledgeFailure")]
    public void On_the_first_attempt(TaskProcessingJobResult result, TaskQueueBehavior behavior, string expected) =>
        Assert.Equal(expected, Describe(Decide(result, Queue(behavior))));

    [Theory]
    [InlineData(Fail, Concurrent, 5, "Requeue after 16 s, next attempt")]
    [InlineData(Fail, Concurrent, 6, "Park Failed")]
    [InlineData(Fail, Sequential, 5, "HoldAndRunAgain after 16 s, next attempt")]
    [InlineData(Fail, Sequential, 6, "Park Failed")]
    [InlineData(Fail, Broadcast, 6, "AcknowledgeFailure")]
    [InlineData(Fail, Concurrent, int.MaxValue, "Park Failed")]
    [InlineData(Requeue, Concurrent, 6, "Requeue after 32 s, next attempt")]
    [InlineData(Requeue, Concurrent, 1_000_000, "Requeue after 600 s, next attempt")]
    [InlineData(Requeue, Sequential, 1_000_000, "HoldAndRunAgain after 600 s, next attempt")]
    [InlineData(Requeue, Concurrent, int.MaxValue, "Requeue after 600 s, next attempt")]
    [InlineData(Fatal, Concurrent, 6, "Park Fatal")]
    [InlineData(Complete, Concurrent, 6, "Acknowledge")]
    public void On_later_attempts(TaskProcessingJobResult result, TaskQueueBehavior behavior, int attempt, string expected) =>
        Assert.Equal(expected, Describe(Decide(result, Queue(behavior), attempt)));

    [Theory]
    [InlineData(Concurrent, 2, 1, "RunAgain")]
    [InlineData(Concurrent, 3, 1, "Requeue after 1 s, next attempt")]
    [InlineData(Concurrent, 3, 6, "Park Failed")]
    [InlineData(Concurrent, 4, 6, "Park Failed")]
    [InlineData(Sequential, 2, 1, "RunAgain")]
    [InlineData(Sequential, 3, 1, "HoldAndRunAgain after 1 s, next attempt")]
    [InlineData(Sequential, 3, 6, "Park Failed")]
    [InlineData(Broadcast, 2, 1, "RunAgain")]
    [InlineData(Broadcast, 3, 1, "AcknowledgeFailure")]
    public void A_retry_that_has_been_tried_often_enough_is_a_Fail(TaskQueueBehavior behavior, int retryCount, int attempt, string expected) =>
        Assert.Equal(expected, Describe(Decide(Retry, Queue(behavior), attempt, retryCount)));

    [Theory]
    [InlineData(Requeue, 1, "Requeue after 1 s, next attempt")]
    [InlineData(Fail, 1, "Requeue after 1 s, next attempt")]
    [InlineData(Fail, 6, "Park Failed")]
    [InlineData(Abort, 1, "Return")]
    public void A_sequential_queue_may_send_requeued_tasks_to_its_tail(TaskProcessingJobResult result, int attempt, string expected) =>
        Assert.Equal(expected, Describe(Decide(result, Queue(Sequential, RequeuePlacement.Tail), attempt)));

    [Fact]
    public void The_placement_means_nothing_for_a_concurrent_queue() =>
        Assert.Equal("Requeue after 1 s, next attempt", Describe(Decide(Requeue, Queue(Concurrent, RequeuePlacement.Head))));

    [Theory]
    [InlineData(Concurrent)]
    [InlineData(Sequential)]
    [InlineData(Broadcast)]
    public void While_the_node_stops_an_aborted_task_goes_back_at_once(TaskQueueBehavior behavior) =>
        Assert.Equal("Return", Describe(Decide(Abort, Queue(behavior), aborts: 7, returnCount: 19, stopping: true)));

    [Theory]
    [InlineData(9, "Return")]
    [InlineData(10, "HoldAndRunAgain after 1 s")]
    [InlineData(19, "HoldAndRunAgain after 1 s")]
    public void A_sequential_task_that_has_been_handed_around_to_half_its_limit_waits_at_the_head(long returnCount, string expected) =>
        Assert.Equal(expected, Describe(Decide(Abort, Queue(Sequential), returnCount: returnCount)));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(5, 32)]
    [InlineData(6, 60)]
    [InlineData(int.MaxValue - 1, 60)]
    public void The_hold_off_of_an_aborted_task_grows_to_a_minute_and_counts_no_attempt(int aborts, int seconds) =>
        Assert.Equal($"Requeue after {seconds} s", Describe(Decide(Abort, Queue(Concurrent), aborts: aborts)));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(10, 512)]
    [InlineData(11, 600)]
    [InlineData(31, 600)]
    [InlineData(32, 600)]
    [InlineData(int.MaxValue, 600)]
    public void The_backoff_doubles_up_to_its_cap(int attempt, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Decide(Requeue, Queue(Concurrent), attempt).Delay);

    [Theory]
    [InlineData(0, 4)]
    [InlineData(0.5, 4.4)]
    [InlineData(1, 4.8)]
    public void Jitter_adds_up_to_a_fifth(double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Decide(Requeue, Queue(Concurrent), attempt: 3, random: random).Delay);

    [Fact]
    public void No_backoff_is_under_its_minimum_or_over_its_maximum_whatever_the_dice_say()
    {
        var options = new WorkerOptions { MinRequeueDelay = TimeSpan.FromDays(1), MaxRequeueDelay = TimeSpan.FromDays(30) };
        foreach (double random in new[] { 0, 0.3, 0.999999, 1 })
        {
            for (int attempt = 1; attempt is > 0 and < 100; attempt++)
            {
                Assert.InRange(Decide(Requeue, Queue(Concurrent), attempt, random: random, options: options).Delay, TimeSpan.FromDays(1), TimeSpan.FromDays(30));
                Assert.InRange(Decide(Requeue, Queue(Concurrent), attempt, random: random).Delay, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
                Assert.InRange(Decide(Abort, Queue(Concurrent), aborts: attempt, random: random).Delay, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
            }
        }

        Assert.Equal(TimeSpan.FromDays(30), Decide(Requeue, Queue(Concurrent), int.MaxValue, random: 1, options: options).Delay);
    }

    [Fact]
    public void A_result_that_does_not_exist_is_a_Fail() =>
        Assert.Equal("Requeue after 1 s, next attempt", Describe(Decide((TaskProcessingJobResult)99, Queue(Concurrent))));

    [Fact]
    public void Without_requeues_and_retries_the_first_failure_parks()
    {
        var policy = new ResultPolicy(new WorkerOptions(), () => 0);
        var processor = Processor.Of((_, _) => Task.CompletedTask) with { MaxRequeues = 0, MaxRetries = 0 };
        var standing = new TaskStanding(1, 0, 0, 0, false);
        Assert.Equal(new SettlementPlan(SettlementAction.Park, Parking: ParkingQueue.Failed), policy.Decide(ExecutionOutcome.Of(Fail), Queue(Concurrent), processor, standing).Plan);
        Assert.Equal(new SettlementPlan(SettlementAction.Park, Parking: ParkingQueue.Failed), policy.Decide(ExecutionOutcome.Of(Retry), Queue(Sequential), processor, standing).Plan);
    }

    [Theory]
    [InlineData(Requeue, Concurrent, "Requeue after 90 s, next attempt")]
    [InlineData(Fail, Concurrent, "Requeue after 90 s, next attempt")]
    [InlineData(Requeue, Sequential, "HoldAndRunAgain after 90 s, next attempt")]
    [InlineData(Fatal, Concurrent, "Park Fatal")]
    [InlineData(Retry, Concurrent, "RunAgain")]
    public void A_delay_that_the_processor_chose_is_in_place_of_the_backoff(TaskProcessingJobResult result, TaskQueueBehavior behavior, string expected) =>
        Assert.Equal(expected, Describe(DecideFor(ExecutionOutcome.Of(result) with { Delay = TimeSpan.FromSeconds(90) }, Queue(behavior)).Plan));

    [Fact]
    public void A_chosen_delay_of_zero_is_a_second()
    {
        ExecutionOutcome outcome = ExecutionOutcome.Of(Requeue) with { Delay = TimeSpan.Zero };
        Assert.Equal("Requeue after 1 s, next attempt", Describe(DecideFor(outcome, Queue(Concurrent)).Plan));
    }

    [Theory]
    [InlineData(5, 1, "Requeue after 5 s, next attempt")]
    [InlineData(5, 4, "Requeue after 8 s, next attempt")]
    public void A_wait_that_the_other_side_asked_for_is_the_least(int asked, int attempt, string expected)
    {
        ExecutionOutcome outcome = ExecutionOutcome.Of(Requeue) with { MinDelay = TimeSpan.FromSeconds(asked) };
        Assert.Equal(expected, Describe(DecideFor(outcome, Queue(Concurrent), attempt: attempt).Plan));
    }

    [Theory]
    [InlineData(Requeue, 59, "Requeue after 1 s, next attempt")]
    [InlineData(Requeue, 60, "Park Failed")]
    [InlineData(Fail, 60, "Park Failed")]
    [InlineData(Fatal, 60, "Park Fatal")]
    [InlineData(Abort, 60, "Requeue after 1 s")]
    [InlineData(Complete, 60, "Acknowledge")]
    public void A_task_that_would_be_too_old_by_its_next_attempt_is_a_final_Fail(TaskProcessingJobResult result, int age, string expected) =>
        Assert.Equal(expected, Describe(DecideFor(ExecutionOutcome.Of(result), Queue(Concurrent), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(age)).Plan));

    [Fact]
    public void One_that_is_too_old_is_told_so_with_the_last_reason_and_one_without_a_timestamp_has_no_age()
    {
        ExecutionOutcome outcome = ExecutionOutcome.Of(Requeue, new IOException("The disk is full."));
        Decision decision = DecideFor(outcome, Queue(Sequential), TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        Assert.Equal(Fail, decision.Outcome.Result);
        Assert.Contains("older than its MaxAge of 01:00:00", decision.Outcome.Message, StringComparison.Ordinal);
        Assert.Contains("The disk is full.", decision.Outcome.Message, StringComparison.Ordinal);

        Assert.Equal("HoldAndRunAgain after 1 s, next attempt", Describe(DecideFor(outcome, Queue(Sequential), TimeSpan.FromHours(1), age: null).Plan));
    }

    private static Decision DecideFor(ExecutionOutcome outcome, QueueDefinition queue, TimeSpan? maxAge = null, TimeSpan? age = null, int attempt = 1) =>
        new ResultPolicy(new WorkerOptions(), () => 0).Decide(
            outcome, queue, Processor.Of((_, _) => Task.CompletedTask) with { MaxAge = maxAge },
            new TaskStanding(attempt, 0, 0, 0, IsStopping: false) { Age = age });
}

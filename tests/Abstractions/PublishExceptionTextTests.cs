namespace BrokerQueues.Abstractions.Tests;

/// <summary>Errors say what happened, to which queue and task, and what to do next.</summary>
public sealed class PublishExceptionTextTests
{
    private static readonly TaskId s_id = new("task-7");
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(1500);

    public static TheoryData<TaskPublishException, string> Texts => new()
    {
        { new TaskQueueNotFoundException(s_id, "orders"), "Check the queue id, the prefix and the virtual host" },
        { new TaskQueueNotFoundException(s_id, "orders"), "If it is a broadcast, send it by SendBroadcastAsync" },
        { new TaskQueueFullException(s_id, "orders"), "raise the max-length" },
        { new TaskTooLargeException(s_id, "orders", 2000, 1000), "has 2000 bytes and MaxBodySize allows 1000" },
        { new BrokerUnavailableException(s_id, "orders", s_timeout, "not connected"), "within 1.5 s: the broker is not available (not connected)" },
        { new BrokerBlockedException(s_id, "orders", s_timeout, "low on memory"), "within 1.5 s: the broker blocks all publishers (low on memory)" },
        { new BrokerUnavailableException(s_id, "orders", s_timeout, "not connected"), "It may have arrived all the same" },
        { new BrokerUnavailableException(s_id, "orders", s_timeout, "not connected"), "Publish it again under the same id (AddTaskOptions.TaskId)" },
        { new BrokerBlockedException(s_id, "orders", s_timeout, "low on memory"), "It may still arrive when the alarm clears" },
        { new BrokerBlockedException(s_id, "orders", s_timeout, "low on memory"), "Publish it again under the same id (AddTaskOptions.TaskId)" },
    };

    public static TheoryData<TaskPublishException> OfTasksNeverSent => new()
    {
        new BrokerUnavailableException(s_id, "orders", s_timeout, "not connected", mayHaveArrived: false),
        new BrokerBlockedException(s_id, "orders", s_timeout, "low on memory", mayHaveArrived: false),
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Each_names_task_and_queue_and_what_to_do(TaskPublishException exception, string advice)
    {
        Assert.Contains("task-7", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'orders'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(advice, exception.Message, StringComparison.Ordinal);
        Assert.Equal(s_id, exception.TaskId);
        Assert.Equal("orders", exception.QueueId);
    }

    [Theory]
    [MemberData(nameof(OfTasksNeverSent))]
    public void A_task_that_was_never_sent_is_not_said_to_arrive(TaskPublishException exception)
    {
        Assert.Contains("It was never sent.", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("Publish it again.", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("arrive", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.MayHaveArrived);
    }

    [Fact]
    public void Whether_a_task_may_have_arrived_is_said_to_programs_as_to_people() =>
        Assert.All(
            Texts.Select(row => (TaskPublishException)row[0]),
            exception => Assert.Equal(exception is BrokerUnavailableException or BrokerBlockedException, exception.MayHaveArrived));

    [Fact]
    public void A_task_that_is_too_large_keeps_its_numbers()
    {
        var exception = new TaskTooLargeException(s_id, "orders", 2000, 1000);
        Assert.Equal(2000, exception.Size);
        Assert.Equal(1000, exception.Limit);
    }
}

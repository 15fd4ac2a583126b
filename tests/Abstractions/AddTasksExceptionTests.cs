namespace BrokerQueues.Abstractions.Tests;

public sealed class AddTasksExceptionTests
{
    private static readonly TaskId s_a = new("a");
    private static readonly TaskId s_b = new("b");

    [Fact]
    public void The_message_counts_both_kinds_and_tells_the_first_failure_with_its_number()
    {
        var error = new InvalidOperationException("The queue is full.");
        var exception = new AddTasksException([s_a, s_b], [new(2, new TaskId("c"), error), new(5, new TaskId("d"), new IOException("Later."))]);

        Assert.Equal(
            "2 tasks were confirmed and 2 were not. The first that was not, number 2: The queue is full. " +
            "Publish the failures again; Confirmed lists those that need no repeat.",
            exception.Message);
        Assert.Same(error, exception.InnerException);
        Assert.Equal([s_a, s_b], exception.Confirmed);
        Assert.Equal([2, 5], exception.Failures.Select(failure => failure.Index));
    }

    [Fact]
    public void A_sequence_that_broke_off_is_told_and_is_the_cause()
    {
        var broke = new FormatException("Line 7 is no order.");
        var exception = new AddTasksException([s_a], [], broke);

        Assert.Equal(
            "1 tasks were confirmed and 0 were not. The sequence of tasks was not read to its end: Line 7 is no order. " +
            "Publish the failures again; Confirmed lists those that need no repeat.",
            exception.Message);
        Assert.Same(broke, exception.InnerException);
        Assert.Empty(exception.Failures);
    }

    [Fact]
    public void A_failure_and_a_broken_sequence_are_both_told()
    {
        var broke = new FormatException("Line 7 is no order.");
        var exception = new AddTasksException([], [new(0, s_a, new IOException("Gone."))], broke);

        Assert.Contains("number 0: Gone.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Line 7 is no order.", exception.Message, StringComparison.Ordinal);
        Assert.Same(broke, exception.InnerException);
    }

    [Fact]
    public void Lists_that_are_missing_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new AddTasksException(null!, []));
        Assert.Throws<ArgumentNullException>(() => new AddTasksException([], null!));
    }

    [Fact]
    public void What_was_confirmed_is_told_also_where_the_sequence_ends_with_an_exception_that_cannot_be_read()
    {
        var exception = new AddTasksException([new TaskId("a")], [], new Unreadable());
        Assert.Equal([new TaskId("a")], exception.Confirmed);
        Assert.Contains("Unreadable (message not readable)", exception.Message, StringComparison.Ordinal);
    }

    private sealed class Unreadable : Exception
    {
        public override string Message => throw new InvalidOperationException("no");
    }
}

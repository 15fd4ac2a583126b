using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.DependencyInjection;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>Who caused a task: what its publisher says, what a task hands on to those it adds, and what stays on its copies.</summary>
public sealed class InitiatorTests
{
    private const string Header = "bq-initiator";

    /// <summary>What a foreign publisher may write that is no initiator.</summary>
    public static TheoryData<object?> None { get; } =
        [null, 42, true, Array.Empty<byte>(), new byte[256], "ada\nroot"u8.ToArray(), "ada\0"u8.ToArray(), "ada\u2028root", "ada\u0085", new string('é', 128)];

    [Fact]
    public async Task A_task_that_a_task_adds_has_its_initiator_and_one_can_be_named_instead_or_none()
    {
        await using QueueHarness queue = await StartAsync(null, async tasks =>
        {
            await tasks.AddTaskAsync("others", "Do");
            await tasks.AddTasksAsync([new("others", "Do"), new("others", "Do", null, new() { Initiator = "bob" })]);
            await tasks.SendBroadcastAsync("others", "Do");
            await tasks.AddTaskAsync("others", "Do", null, new() { Initiator = "" });
        });

        await queue.DeliverAsync(headers: (Header, "user:ada"u8.ToArray()));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "it to be done");

        Assert.Equal("user:ada", Assert.Single(queue.Script.Started).Initiator);
        Assert.Equal(["user:ada", "user:ada", "bob", "user:ada", null], Initiators(queue));
        Assert.All(queue.Copies, added => Assert.Equal("task-1", added.Properties.CorrelationId));
    }

    [Theory]
    [MemberData(nameof(None))]
    public async Task What_is_no_initiator_is_nobody_and_is_not_handed_on_but_stays_on_the_task(object? header)
    {
        await using QueueHarness queue = await StartAsync(null, tasks => tasks.AddTaskAsync("others", "Do"), TaskProcessingJobResult.Fatal);

        await queue.DeliverAsync(headers: (Header, header));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "it to be parked");

        Assert.Null(Assert.Single(queue.Script.Started).Initiator);
        Assert.Equal("others", queue.Copies[0].Exchange);
        Assert.DoesNotContain(Header, queue.Copies[0].Properties.Headers!.Keys);
        Assert.Equal(header, queue.Copies[1].Properties.Headers![Header]);
    }

    [Theory]
    [InlineData(TaskProcessingJobResult.Requeue)]
    [InlineData(TaskProcessingJobResult.Fail)]
    [InlineData(TaskProcessingJobResult.Fatal)]
    [InlineData(TaskProcessingJobResult.Abort)]
    public async Task It_stays_on_the_copy_that_is_tried_again_or_parked(TaskProcessingJobResult result)
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent, result);

        await queue.DeliverAsync(headers: (Header, "user:ada"u8.ToArray()));
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "it to be settled");

        Assert.Equal("user:ada"u8.ToArray(), Assert.Single(queue.Copies).Properties.Headers![Header]);
    }

    [Fact]
    public async Task A_task_that_was_put_back_by_hand_has_it_still()
    {
        await using QueueHarness queue = await QueueHarness.StartAsync(Kind.Concurrent);

        await queue.DeliverAsync(headers: [(Header, "user:ada"u8.ToArray()), ("bq-result", "Fail"u8.ToArray())]);
        await QueueHarness.UntilAsync(() => queue.Script.Started.Count == 1, "it to run");

        Assert.Equal(("user:ada", 1), (Assert.Single(queue.Script.Started).Initiator, Assert.Single(queue.Script.Started).Redrives));
    }

    [Fact]
    public async Task A_program_says_who_adds_its_tasks_where_no_task_does()
    {
        string? user = "ada";
        await using QueueHarness queue = await StartAsync(() => user, tasks => tasks.AddTaskAsync("others", "InTask"));
        ITaskManager tasks = queue.Services.GetRequiredService<ITaskManager>();

        await tasks.AddTaskAsync("others", "Do");
        await tasks.AddTaskAsync("others", "Do", null, new() { Initiator = "bob" });
        await tasks.AddTaskAsync("others", "Do", null, new() { Initiator = "" });
        user = "";
        await tasks.AddTaskAsync("others", "Do");
        user = null;
        await tasks.AddTaskAsync("others", "Do");
        user = "eve";
        await queue.DeliverAsync();
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.Count > 0, "the task to be done, which nobody has caused");

        Assert.Equal(["ada", "bob", null, null, null, null], Initiators(queue));
    }

    [Fact]
    public async Task Where_the_program_cannot_say_it_the_task_is_not_published()
    {
        const string Secret = "line 1\nline 2";
        Func<string?> answer = () => throw new TimeoutException("the directory does not answer");
        await using QueueHarness queue = await StartAsync(() => answer(), _ => Task.CompletedTask);
        ITaskManager tasks = queue.Services.GetRequiredService<ITaskManager>();

        var threw = await Assert.ThrowsAsync<InvalidOperationException>(() => tasks.AddTaskAsync("others", "Do"));
        answer = () => Secret;
        var said = await Assert.ThrowsAsync<InvalidOperationException>(() => tasks.SendBroadcastAsync("others", "Do"));
        var many = await Assert.ThrowsAsync<AddTasksException>(() => tasks.AddTasksAsync([new("others", "Do"), new("others", "Do", null, new() { Initiator = "bob" })]));

        Assert.Equal(
            "The task was not published: UserOfTests threw System.TimeoutException when it was asked who causes it. Correct it, or set AddTaskOptions.Initiator, to an empty text for nobody.",
            threw.Message);
        Assert.IsType<TimeoutException>(threw.InnerException);
        Assert.Equal(
            "The task was not published: UserOfTests says who causes it, and that is no initiator. An initiator has no control characters and no line breaks; " +
            "this one has U+000A as character 7. Correct it, or set AddTaskOptions.Initiator, to an empty text for nobody.",
            said.Message);
        Assert.Equal(0, Assert.Single(many.Failures).Index);
        Assert.Equal(["bob"], Initiators(queue));
    }

    private static IEnumerable<string?> Initiators(QueueHarness queue) =>
        queue.Copies.Select(published => (string?)(published.Properties.Headers!.TryGetValue(Header, out object? initiator) ? initiator : null));

    private static async Task<QueueHarness> StartAsync(
        Func<string?>? user, Func<ITaskManager, Task> adds, TaskProcessingJobResult result = TaskProcessingJobResult.Complete)
    {
        var queue = new QueueHarness(Kind.Concurrent, services =>
        {
            if (user is not null)
            {
                services.AddSingleton<ITaskInitiatorProvider>(new UserOfTests(user));
            }
        });
        queue.Script.Does = async (_, _) =>
        {
            await adds(queue.Services.GetRequiredService<ITaskManager>());
            return result;
        };
        await queue.StartAsync();
        return queue;
    }

    private sealed class UserOfTests(Func<string?> answer) : ITaskInitiatorProvider
    {
        public string? FindInitiator() => answer();
    }
}

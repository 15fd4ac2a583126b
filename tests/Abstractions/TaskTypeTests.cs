namespace BrokerQueues.Abstractions.Tests;

public sealed class TaskTypeTests
{
    private static readonly TaskType<Order> s_upload = new("orders", "Upload");
    private static readonly AddTaskOptions s_options = new() { DisplayName = "shown" };

    [Fact]
    public async Task A_task_of_a_type_goes_to_its_queue_under_its_name()
    {
        var tasks = new Recorder();
        using var source = new CancellationTokenSource();
        TaskId id = await tasks.AddTaskAsync(s_upload, new Order(1), s_options, source.Token);
        Assert.Equal(new TaskId("1"), id);
        await tasks.SendBroadcastAsync(s_upload, new Order(2), s_options, source.Token);
        await tasks.AddTaskAsync(s_upload);
        Assert.Equal(
            [
                ("AddTask", new NewTask("orders", "Upload", new Order(1), s_options), source.Token),
                ("SendBroadcast", new NewTask("orders", "Upload", new Order(2), s_options), source.Token),
                ("AddTask", new NewTask("orders", "Upload"), default),
            ],
            tasks.Calls);
    }

    [Fact]
    public async Task Many_tasks_of_a_type_are_read_as_room_becomes_free_and_share_their_options()
    {
        var tasks = new Recorder();
        int read = 0;
        IReadOnlyList<TaskId> ids = await tasks.AddTasksAsync(s_upload, Orders(), s_options);
        Assert.Equal(["1", "2", "3"], ids.Select(id => id.Value));
        Assert.Equal([1, 2, 3], tasks.ReadWhenAsked);
        Assert.Equal(Enumerable.Range(1, 3).Select(number => ("AddTasks", new NewTask("orders", "Upload", new Order(number), s_options), default(CancellationToken))), tasks.Calls);

        IEnumerable<Order> Orders()
        {
            for (int number = 1; number <= 3; number++)
            {
                tasks.Read = ++read;
                yield return new Order(number);
            }
        }
    }

    [Fact]
    public async Task One_id_for_many_tasks_is_refused_before_any_is_added()
    {
        var tasks = new Recorder();
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => tasks.AddTasksAsync(s_upload, [new Order(1)], new AddTaskOptions { TaskId = TaskId.New() }));
        Assert.Contains("CreateTask", exception.Message, StringComparison.Ordinal);
        Assert.Empty(tasks.Calls);
    }

    [Fact]
    public void A_task_with_options_of_its_own_is_made_for_a_sequence_of_several_types() =>
        Assert.Equal(new NewTask("orders", "Upload", new Order(1), s_options), s_upload.CreateTask(new Order(1), s_options));

    [Fact]
    public async Task What_is_missing_is_told_at_once()
    {
        var tasks = new Recorder();
        await Assert.ThrowsAsync<ArgumentNullException>("type", () => tasks.AddTaskAsync((TaskType<Order>)null!, new Order(1)));
        await Assert.ThrowsAsync<ArgumentNullException>("type", () => tasks.SendBroadcastAsync((TaskType<Order>)null!, new Order(1)));
        await Assert.ThrowsAsync<ArgumentNullException>("type", () => tasks.AddTasksAsync((TaskType<Order>)null!, [new Order(1)]));
        await Assert.ThrowsAsync<ArgumentNullException>("directives", () => tasks.AddTasksAsync(s_upload, null!));
        await Assert.ThrowsAsync<ArgumentNullException>("tasks", () => ((ITaskManager)null!).AddTaskAsync(s_upload));
    }

    [Fact]
    public async Task A_directive_that_derives_from_what_the_type_says_is_refused_for_a_worker_would_lose_the_rest()
    {
        var tasks = new Recorder();
        var exception = await Assert.ThrowsAsync<ArgumentException>("directive", () => tasks.AddTaskAsync(s_upload, new SpecialOrder(1, "n")));
        Assert.Contains("is a SpecialOrder", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Send a Order, or give SpecialOrder a task type of its own", exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>("directive", () => tasks.SendBroadcastAsync(s_upload, new SpecialOrder(1, "n")));
        await Assert.ThrowsAsync<ArgumentException>("directive", () => tasks.AddTasksAsync(s_upload, [new SpecialOrder(1, "n")]));
        Assert.Empty(tasks.Calls);
    }

    public record Order(int Number) : ITaskDirective;

    public sealed record SpecialOrder(int Number, string Note) : Order(Number);

    /// <summary>What somebody else implements: three methods, as before.</summary>
    private sealed class Recorder : ITaskManager
    {
        public List<(string Call, NewTask Task, CancellationToken Token)> Calls { get; } = [];

        public List<int> ReadWhenAsked { get; } = [];

        public int Read { get; set; }

        public Task<TaskId> AddTaskAsync(string queueId, string taskType, ITaskDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(Record("AddTask", new NewTask(queueId, taskType, directive, options), cancellationToken));

        public Task<IReadOnlyList<TaskId>> AddTasksAsync(IEnumerable<NewTask> tasks, CancellationToken cancellationToken = default)
        {
            var ids = new List<TaskId>();
            foreach (NewTask task in tasks)
            {
                ReadWhenAsked.Add(Read);
                ids.Add(Record("AddTasks", task, cancellationToken));
            }

            return Task.FromResult<IReadOnlyList<TaskId>>(ids);
        }

        public Task<TaskId> SendBroadcastAsync(string queueId, string taskType, ITaskDirective? directive = null, AddTaskOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(Record("SendBroadcast", new NewTask(queueId, taskType, directive, options), cancellationToken));

        private TaskId Record(string call, NewTask task, CancellationToken token)
        {
            Calls.Add((call, task, token));
            return new TaskId($"{Calls.Count}");
        }
    }
}

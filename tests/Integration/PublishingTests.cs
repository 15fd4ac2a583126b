using System.Diagnostics;
using BrokerQueues.Broker.Queues;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace BrokerQueues.Integration.Tests;

public sealed class PublishingTests : BrokerTest
{
    private const string QueueId = ConcurrentProcessors.QueueId;

    [Fact]
    public async Task A_task_carries_what_the_wire_contract_says()
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        using var activity = new Activity("test");
        activity.SetIdFormat(ActivityIdFormat.W3C).Start();

        TaskId id = await Tasks.AddTaskAsync(
            QueueId, Scripted.TaskType, new ScriptDirective { Number = 4 }, new AddTaskOptions { DisplayName = "four", CorrelationId = "cause" });

        RawMessage message = await Raw.ReceiveAsync(Queue(QueueId));
        Assert.Equal((id.Value, Scripted.TaskType, "application/json", "cause", "publisher"),
            (message.Properties.MessageId, message.Properties.Type, message.Properties.ContentType, message.Properties.CorrelationId, message.Properties.AppId));
        Assert.Equal(7, Guid.Parse(id.Value).Version);
        Assert.Equal(DeliveryModes.Persistent, message.Properties.DeliveryMode);
        Assert.InRange(message.Properties.Timestamp.UnixTime, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
        Assert.Equal("{\"Number\":4,\"Text\":null}", message.Text);
        Assert.Equal("four", message.Header("bq-display-name"));
        Assert.Equal(activity.Id, message.Header("traceparent"));
        Assert.NotNull(message.Header("bq-sent-by"));
        Assert.Null(message.Header("x-dotnet-pub-seq-no"));
    }

    [Fact]
    public async Task A_missing_queue_is_named_and_fails_no_other_publish_in_flight()
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        await DeclareAsync(new QueueDefinition { QueueId = "vanishing" });
        await Tasks.AddTaskAsync("vanishing", Scripted.TaskType);
        await using (IChannel channel = await Raw.Connection.CreateChannelAsync())
        {
            // Known to the publisher as existing, and gone: the next publish to it closes the channel under all others.
            await channel.ExchangeDeleteAsync(Queue("vanishing"));
        }

        List<Task<TaskId>> publishes = [.. Enumerable.Range(0, 100).Select(number => Tasks.AddTaskAsync(number == 50 ? "vanishing" : QueueId, Scripted.TaskType))];
        publishes.Add(Tasks.AddTaskAsync("never.declared", Scripted.TaskType));

        foreach (int missing in new[] { 50, 100 })
        {
            TaskQueueNotFoundException exception = await Assert.ThrowsAsync<TaskQueueNotFoundException>(() => publishes[missing]);
            Assert.Contains(missing == 50 ? "'vanishing'" : "'never.declared'", exception.Message, StringComparison.Ordinal);
        }

        TaskId[] confirmed = await Task.WhenAll(publishes.Where((_, index) => index is not (50 or 100)));
        HashSet<string> stored = await TakeIdsAsync(Queue(QueueId));
        Assert.All(confirmed, id => Assert.Contains(id.Value, stored));
    }

    [Fact]
    public async Task An_exchange_without_its_queue_is_a_queue_that_does_not_exist()
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        await Raw.DeleteQueueAsync(Queue(QueueId));
        await Assert.ThrowsAsync<TaskQueueNotFoundException>(() => Tasks.AddTaskAsync(QueueId, Scripted.TaskType));
    }

    [Fact]
    public async Task A_full_queue_throws_for_each_task_it_refuses()
    {
        using var management = new ManagementApi();
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        await management.PutAsync($"policies/%2F/{Prefix}full", new { pattern = $"^{Prefix}{QueueId}$".Replace(".", "\\.", StringComparison.Ordinal), definition = new Dictionary<string, int> { ["max-length"] = 2 } });
        try
        {
            await Eventually.TrueAsync(async () => (string?)(await management.GetAsync($"queues/%2F/{Queue(QueueId)}"))["policy"] is { Length: > 0 }, "the policy to apply");
            int refused = 0;
            // One after the other: a quorum queue tells publishers that it is full a moment after it is.
            for (int number = 0; number < 50; number++)
            {
                try
                {
                    await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
                }
                catch (TaskQueueFullException exception)
                {
                    Assert.Contains("length limit", exception.Message, StringComparison.Ordinal);
                    refused++;
                }
            }

            Assert.InRange(refused, 1, 48);
            Assert.Equal((uint)(50 - refused), await Raw.CountAsync(Queue(QueueId)));
        }
        finally
        {
            await management.DeleteAsync($"policies/%2F/{Prefix}full");
        }
    }

    [Fact]
    public async Task Bad_input_is_refused_before_the_wire()
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        string tooLong = new('x', 256);

        TaskTooLargeException large = await Assert.ThrowsAsync<TaskTooLargeException>(() =>
            Tasks.AddTaskAsync(QueueId, Scripted.TaskType, new ScriptDirective { Text = new string('x', 1024 * 1024) }));
        Assert.Equal(1024 * 1024, large.Limit);
        await Assert.ThrowsAsync<ArgumentException>(() => Tasks.AddTaskAsync(tooLong, Scripted.TaskType));
        await Assert.ThrowsAsync<ArgumentException>(() => Tasks.AddTaskAsync(QueueId, tooLong));
        await Assert.ThrowsAsync<ArgumentException>(() => Tasks.AddTaskAsync(QueueId, ""));
        await Assert.ThrowsAsync<ArgumentException>(() => Tasks.AddTaskAsync(QueueId, Scripted.TaskType, null, new AddTaskOptions { CorrelationId = tooLong }));
        await Assert.ThrowsAsync<ArgumentException>(() => Tasks.AddTaskAsync(QueueId, Scripted.TaskType, null, new AddTaskOptions { DisplayName = new string('x', 2000) }));
        await Assert.ThrowsAsync<ArgumentException>(() => Tasks.AddTaskAsync(QueueId, Scripted.TaskType, null, new AddTaskOptions { Delay = TimeSpan.FromDays(1000) }));
        await Assert.ThrowsAsync<ArgumentException>(() => Tasks.AddTaskAsync(
            QueueId, Scripted.TaskType, null, new AddTaskOptions { Delay = TimeSpan.FromDays(1), NotBefore = DateTimeOffset.UtcNow }));
        Assert.Throws<ArgumentException>(() => new TaskId(tooLong));
        Assert.Equal(0u, await Raw.CountAsync(Queue(QueueId)));
    }

    [Fact]
    public async Task A_bulk_that_fails_in_part_says_which_tasks_were_confirmed()
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        static IEnumerable<NewTask> Sequence()
        {
            for (int number = 0; number < 10; number++)
            {
                yield return new NewTask(number == 3 ? "never.declared" : QueueId, number == 6 ? "" : Scripted.TaskType);
            }

            throw new InvalidDataException("the source broke off");
        }

        AddTasksException exception = await Assert.ThrowsAsync<AddTasksException>(() => Tasks.AddTasksAsync(Sequence()));

        Assert.Equal([3, 6], exception.Failures.Select(failure => failure.Index));
        Assert.IsType<TaskQueueNotFoundException>(exception.Failures[0].Error);
        Assert.IsType<InvalidDataException>(exception.InnerException);
        Assert.Contains("the source broke off", exception.Message, StringComparison.Ordinal);
        Assert.Equal(exception.Confirmed.Select(id => id.Value).ToHashSet(), await TakeIdsAsync(Queue(QueueId)));
        Assert.Equal(8, exception.Confirmed.Count);
    }

    // The client's own limiter lets 128 through and slows down from 64 on: a thousand publishes a second, on any machine.
    [Fact]
    public async Task A_thousand_publishes_are_under_way_though_no_confirm_has_come()
    {
        const int Count = 1000;
        await using var proxy = new TcpProxy(Uri);
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        using IHost host = CreateHost(
            options =>
            {
                options.Uri = proxy.Uri;
                options.Heartbeat = TimeSpan.FromSeconds(60);
                options.PublishTimeout = Eventually.Deadline;
            },
            null,
            new LogSink());
        ITaskManager tasks = host.Services.GetRequiredService<ITaskManager>();
        await tasks.AddTaskAsync(QueueId, Scripted.TaskType);

        proxy.Freeze(onlyAnswers: true);
        Task<TaskId[]> publishes = Task.WhenAll(Enumerable.Range(0, Count).Select(_ => tasks.AddTaskAsync(QueueId, Scripted.TaskType)));
        await Eventually.EqualAsync<uint?>(Count + 1, () => Raw.CountAsync(Queue(QueueId)), "the broker has them all");
        Assert.False(publishes.IsCompleted);
        proxy.Thaw();
        Assert.Equal(Count, (await publishes).Distinct().Count());
    }

    [Fact]
    public async Task Without_a_broker_a_publish_waits_its_timeout_and_says_so()
    {
        using IHost host = CreateHost(
            options =>
            {
                options.Uri = new Uri("amqp://guest:guest@127.0.0.1:1/");
                options.PublishTimeout = TimeSpan.FromSeconds(1);
            },
            null,
            new LogSink());
        long began = Stopwatch.GetTimestamp();

        BrokerUnavailableException exception = await Assert.ThrowsAsync<BrokerUnavailableException>(() =>
            host.Services.GetRequiredService<ITaskManager>().AddTaskAsync(QueueId, Scripted.TaskType));

        Assert.True(Stopwatch.GetElapsedTime(began).TotalSeconds >= 0.95);
        Assert.Contains("127.0.0.1:1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_apart_from_a_broker_that_is_not_there()
    {
        using IHost host = CreateHost(
            options =>
            {
                options.Uri = new UriBuilder(TestBroker.Shared.Uri) { Password = "wrong" }.Uri;
                options.PublishTimeout = TimeSpan.FromSeconds(3);
            },
            null,
            new LogSink());

        string message = "";
        // Until the broker has answered, what can be said is only that there is no connection.
        await Eventually.TrueAsync(
            async () =>
            {
                message = (await Assert.ThrowsAsync<BrokerUnavailableException>(() => host.Services.GetRequiredService<ITaskManager>().AddTaskAsync(QueueId, Scripted.TaskType))).Message;
                Assert.DoesNotContain("wrong@", message, StringComparison.Ordinal);
                return message.Contains("it refused the login: user 'guest' is unknown to it, or the password is wrong", StringComparison.Ordinal);
            },
            "the refusal to be told");
    }

    [Fact]
    public async Task A_cancelled_publish_ends_at_once()
    {
        using IHost host = CreateHost(options => options.Uri = new Uri("amqp://guest:guest@127.0.0.1:1/"), null, new LogSink());
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            host.Services.GetRequiredService<ITaskManager>().AddTaskAsync(QueueId, Scripted.TaskType, cancellationToken: cancellation.Token));
    }

    private async Task<HashSet<string>> TakeIdsAsync(string queue)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (await Raw.TakeAsync(queue) is { } message)
        {
            ids.Add(message.Properties.MessageId!);
        }

        return ids;
    }
}

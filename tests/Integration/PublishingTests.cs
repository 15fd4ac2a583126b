using System.Diagnostics;
using BrokerQueues.Broker.Topology;
using BrokerQueues.TestKit;
using Microsoft.Extensions.DependencyInjection;
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

            Assert.InRange(refused, 45, 48);
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

    [Fact]
    public async Task Two_hundred_outstanding_publishes_pass_five_thousand_a_second()
    {
        await DeclareAsync(new QueueDefinition { QueueId = QueueId });
        await PublishOutstandingAsync(2000);
        double best = 0;
        // The machine may be busy: the best of a few rounds is what the code can do; the client's limiter would hold each under 1,100.
        for (int round = 0; round < 8 && best < 5000; round++)
        {
            best = Math.Max(best, await PublishOutstandingAsync(5000));
        }

        Assert.True(best >= 5000, $"{best:0} publishes a second");

        async Task<double> PublishOutstandingAsync(int count)
        {
            long began = Stopwatch.GetTimestamp();
            int next = 0;
            await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
            {
                while (Interlocked.Increment(ref next) <= count)
                {
                    await Tasks.AddTaskAsync(QueueId, Scripted.TaskType);
                }
            }));
            return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    [Fact]
    public async Task Without_a_broker_a_publish_waits_its_timeout_and_says_so()
    {
        using Microsoft.Extensions.Hosting.IHost host = CreateHost(
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

        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.95, 10);
        Assert.Contains("127.0.0.1:1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_apart_from_a_broker_that_is_not_there()
    {
        using Microsoft.Extensions.Hosting.IHost host = CreateHost(
            options =>
            {
                options.Uri = new UriBuilder(TestBroker.Shared.Uri) { Password = "wrong" }.Uri;
                options.PublishTimeout = TimeSpan.FromSeconds(3);
            },
            null,
            new LogSink());

        BrokerUnavailableException exception = await Assert.ThrowsAsync<BrokerUnavailableException>(() =>
            host.Services.GetRequiredService<ITaskManager>().AddTaskAsync(QueueId, Scripted.TaskType));

        Assert.Contains("it refused the login: user 'guest' is unknown to it, or the password is wrong", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong@", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_publish_ends_at_once()
    {
        using Microsoft.Extensions.Hosting.IHost host = CreateHost(options => options.Uri = new Uri("amqp://guest:guest@127.0.0.1:1/"), null, new LogSink());
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

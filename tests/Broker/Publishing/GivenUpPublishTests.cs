using System.Diagnostics;
using System.Runtime.CompilerServices;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

/// <summary>3,000 failed publishes of 100 KB once kept 290 MiB until the broker was back.</summary>
public sealed class GivenUpPublishTests : IAsyncDisposable
{
    private readonly BrokerConnections _connections;
    private readonly ConfirmingPublisher _publisher;

    public GivenUpPublishTests()
    {
        // Port 1 refuses: nothing is ever sent.
        IOptions<BrokerQueuesOptions> options = Options.Create(new BrokerQueuesOptions { Uri = new("amqp://127.0.0.1:1"), PublishTimeout = TimeSpan.FromMilliseconds(300) });
        _connections = new BrokerConnections(new FixedOptions(options.Value), new NodeIdentity(options), TimeProvider.System, NullLoggerFactory.Instance);
        _publisher = new ConfirmingPublisher(_connections, options, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _publisher.DisposeAsync();
        await _connections.DisposeAsync();
    }

    [Fact]
    public async Task A_publish_that_timed_out_is_held_by_nothing()
    {
        List<WeakReference> content = await FailAsync(_publisher, 500, CancellationToken.None);
        await AreCollectedAsync(content);
        Assert.Equal(0, _publisher.Waiting);
    }

    [Fact]
    public async Task A_publish_that_was_cancelled_is_held_by_nothing_while_others_go_on_waiting()
    {
        using var cancellation = new CancellationTokenSource();
        Task<List<WeakReference>> failing = FailAsync(_publisher, 500, cancellation.Token);
        await cancellation.CancelAsync();
        await AreCollectedAsync(await failing);
        Assert.Equal(0, _publisher.Waiting);
    }

    [Fact]
    public async Task What_is_given_up_during_an_alarm_is_held_by_nothing_and_never_sent()
    {
        await using var publisher = new PublisherHarness();
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        await publisher.PublishAsync("before").WaitAsync(Eventually.Deadline);
        await publisher.Connection.BlockAsync("low on memory");
        using var cancellation = new CancellationTokenSource();
        Task<List<WeakReference>> failing = FailAsync(publisher.Publisher, 20, cancellation.Token);
        await publisher.PassAMomentAsync(); // In which the first of them is taken to be sent.

        await cancellation.CancelAsync();

        await AreCollectedAsync(await failing);
        await publisher.Connection.UnblockAsync();
        await publisher.PublishAsync("after").WaitAsync(Eventually.Deadline);
        Assert.Equal("before after", publisher.Sent);
    }

    [Fact]
    public async Task What_is_given_up_after_it_was_sent_is_held_by_nothing_and_not_sent_again()
    {
        await using var publisher = new PublisherHarness();
        using var cancellation = new CancellationTokenSource();
        // What was sent as headers the scripted broker keeps.
        Task<List<WeakReference>> failing = FailAsync(publisher.Publisher, 20, cancellation.Token, withHeaders: false);
        await publisher.UntilSentAsync("t-1", times: 20);
        Task[] awaited = await publisher.PublishAndSendAsync("awaited");

        await cancellation.CancelAsync();

        await AreCollectedAsync(await failing);
        publisher.Broker.Confirms = _ => Confirmation.Ack;
        await publisher.Connection.LoseAsync();
        await publisher.PassUntilAsync(awaited[0], "the other to be confirmed");
        Assert.Equal("awaited", PublisherHarness.Ids(publisher.Channels[1].Asked));
    }

    [Fact]
    public async Task A_token_that_has_fired_already_publishes_nothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _publisher.PublishAsync(Message(out _), new CancellationToken(canceled: true)));
        Assert.Equal(0, _publisher.Waiting);
    }

    [Fact]
    public async Task What_is_given_up_while_it_stands_in_the_window_keeps_only_what_a_return_is_told_by()
    {
        var window = new ConfirmWindow(4);
        (PendingPublish publish, WeakReference body) = Sent();
        Assert.True(publish.TryGiveUp());
        await AreCollectedAsync([body]);

        window.MarkReturned("t-1", "orders", "key");
        Assert.True(publish.Returned);
        Assert.Equal(0, publish.Message.Body.Length);
        Assert.Null(publish.Message.Properties.Headers);

        [MethodImpl(MethodImplOptions.NoInlining)]
        (PendingPublish Publish, WeakReference Body) Sent()
        {
            var sent = new PendingPublish(Message(out WeakReference content));
            Assert.True(sent.TryClaim(out _));
            window.Add(sent);
            return (sent, content);
        }
    }

    [Fact]
    public void What_was_refused_holds_no_content_either()
    {
        var publish = new PendingPublish(Message(out _));
        publish.Fail(PublishFailure.Nacked, "the queue is full");
        Assert.IsType<PublishFailedException>(publish.Task.Exception!.InnerException);
        Assert.Equal(0, publish.Message.Body.Length);
    }

    // The content of a publish that was given up must never be what a channel sends in its name.
    [Fact]
    public async Task Of_a_claim_and_a_caller_that_gives_up_at_once_the_claimed_message_is_whole()
    {
        for (int round = 0; round < 2_000; round++)
        {
            var publish = new PendingPublish(Message(out _));
            using var together = new Barrier(2);
            var claim = Task.Run(() =>
            {
                together.SignalAndWait();
                return publish.TryClaim(out OutboundMessage toSend) ? toSend : null;
            });
            together.SignalAndWait();
            publish.TryGiveUp();
            if (await claim is { } claimed)
            {
                Assert.NotEqual(0, claimed.Body.Length);
                Assert.NotNull(claimed.Properties.Headers);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> FailAsync(ConfirmingPublisher publisher, int count, CancellationToken cancellationToken, bool withHeaders = true)
    {
        var content = new List<WeakReference>();
        var publishes = new List<Task>();
        for (int number = 0; number < count; number++)
        {
            publishes.Add(publisher.PublishAsync(Message(out WeakReference body, withHeaders), cancellationToken));
            content.Add(body);
        }

        foreach (Task publish in publishes)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => publish);
        }

        return content;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static OutboundMessage Message(out WeakReference content, bool withHeaders = true)
    {
        byte[] body = new byte[1000];
        content = new WeakReference(body);
        var properties = new BasicProperties { MessageId = "t-1", Headers = withHeaders ? new Dictionary<string, object?> { ["large"] = body } : null };
        return new OutboundMessage("orders", "key", Mandatory: true, properties, body);
    }

    private static async Task AreCollectedAsync(List<WeakReference> content)
    {
        // Of many, the thread that was last busy with one may still have it in a slot of its stack.
        int allowed = content.Count > 1 ? 2 : 0;
        long began = Stopwatch.GetTimestamp();
        while (content.Count(reference => reference.IsAlive) > allowed)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(1), $"{content.Count(reference => reference.IsAlive)} of {content.Count} are still held");
            await Task.Delay(20);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}

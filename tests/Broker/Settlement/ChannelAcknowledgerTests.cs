using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.TestKit.Fakes;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Settlement;

/// <summary>The broker forgets acknowledgements that come right before the channel closes: so the last is waited for, and only that.</summary>
public sealed class ChannelAcknowledgerTests : IAsyncLifetime
{
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(100);

    private readonly ScriptedBroker _broker = new();
    private readonly FakeTimeProvider _time = new();
    private FakeChannel _channel = null!;
    private ChannelAcknowledger _acknowledger = null!;

    public async Task InitializeAsync()
    {
        _channel = (FakeChannel)await (await _broker.ConnectAsync("consuming")).CreateChannelAsync();
        _acknowledger = new ChannelAcknowledger(_channel, AcknowledgementMode.Batched, _time, _ => { });
    }

    public async Task DisposeAsync() => await _acknowledger.DisposeAsync();

    // It once waited for 100 ms at every close.
    [Fact]
    public void Where_nothing_was_sent_nothing_is_waited_for() => Assert.True(_acknowledger.FinishAsync(CancellationToken.None).IsCompletedSuccessfully);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_settled_just_now_is_waited_for(bool byNack)
    {
        await SettleAsync(1, byNack);

        Task finishing = _acknowledger.FinishAsync(CancellationToken.None);

        Assert.False(finishing.IsCompleted);
        _time.Advance(s_settling);
        await finishing.WaitAsync(TestKit.Eventually.Deadline);
    }

    [Fact]
    public async Task What_was_settled_long_before_is_not_waited_for()
    {
        await SettleAsync(1, byNack: false);
        _time.Advance(s_settling);

        Assert.True(_acknowledger.FinishAsync(CancellationToken.None).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task What_still_waits_for_others_is_sent_and_then_waited_for()
    {
        await _acknowledger.AcknowledgeAsync(Deliver(1), batchSize: 10);
        Assert.Empty(_channel.Settlements);

        Task finishing = _acknowledger.FinishAsync(CancellationToken.None);

        Assert.Equal([new Ack(1)], _channel.Settlements);
        Assert.False(finishing.IsCompleted);
        _time.Advance(s_settling);
        await finishing.WaitAsync(TestKit.Eventually.Deadline);
    }

    private async Task SettleAsync(ulong tag, bool byNack)
    {
        Delivery delivery = Deliver(tag);
        Assert.True(byNack
            ? await _acknowledger.SettleAsync(delivery, static (channel, its) => channel.BasicNackAsync(its, multiple: false, requeue: true))
            : await _acknowledger.AcknowledgeAsync(delivery, batchSize: 0));
    }

    private Delivery Deliver(ulong tag)
    {
        var delivery = new Delivery(null!, tag, redelivered: false, new BasicProperties(), default);
        Assert.True(_acknowledger.TryAdd(delivery));
        return delivery;
    }
}

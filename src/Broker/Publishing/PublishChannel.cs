using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace BrokerQueues.Broker.Publishing;

/// <summary>One channel with publisher confirms, from its opening to its end.</summary>
internal sealed class PublishChannel
{
    private readonly IChannel _channel;
    private readonly CancellationTokenSource _closed = new();
    private readonly Action<PendingPublish> _confirm;

    private PublishChannel(IChannel channel, int capacity, Action<PendingPublish> unroutable)
    {
        _channel = channel;
        Window = new ConfirmWindow(capacity);
        Closed = _closed.Token;
        _confirm = publish =>
        {
            publish.Clock?.Stop();
            if (publish.Returned)
            {
                unroutable(publish);
            }
            else
            {
                publish.TrySetResult();
            }
        };
        channel.BasicAcksAsync += OnAckAsync;
        channel.BasicNacksAsync += OnNackAsync;
        channel.BasicReturnAsync += OnReturnAsync;
        channel.ChannelShutdownAsync += OnShutdownAsync;
    }

    public ConfirmWindow Window { get; }

    /// <summary>Fires when nothing more can be sent over it.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Why the channel closed; null while it is open.</summary>
    public ShutdownEventArgs? Reason => _channel.CloseReason;

    /// <param name="connection">The connection.</param>
    /// <param name="capacity">How many publishes may be unconfirmed.</param>
    /// <param name="unroutable">Gets what the broker has taken and handed to no queue; it may not block.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <exception cref="TimeoutException">The broker does not answer.</exception>
    public static async Task<PublishChannel> OpenAsync(
        IConnection connection, int capacity, Action<PendingPublish> unroutable, TimeProvider time, CancellationToken cancellationToken)
    {
        IChannel channel = await BrokerCall.WithinAsync(
            "opening a channel",
            BrokerCall.Answer,
            time,
            token => connection.CreateChannelAsync(ClientSettings.Publishing, token),
            late => late.DisposeAsync().AsTask(),
            cancellationToken).ConfigureAwait(false);
        var opened = new PublishChannel(channel, capacity, unroutable);
        if (channel.IsClosed)
        {
            opened.GiveUp();
        }

        return opened;
    }

    /// <summary>Sends. The client waits here as long as the peer takes nothing, and obeys this token.</summary>
    public ValueTask SendAsync(OutboundMessage message, CancellationToken cancellationToken) => _channel.BasicPublishAsync(
        message.Exchange, message.RoutingKey, message.Mandatory, message.Properties, message.Body, cancellationToken);

    /// <summary>Nothing more is sent over it.</summary>
    public void GiveUp() => _ = _closed.CancelAsync();

    /// <summary>Closes it, for which nobody waits: the client's close takes up to 20 s where the broker does not answer.</summary>
    public void LeaveBehind() => _ = LeftBehind.Channel(_channel);

    private Task OnAckAsync(object sender, BasicAckEventArgs ack)
    {
        Window.Settle(ack.DeliveryTag, ack.Multiple, _confirm);
        return Task.CompletedTask;
    }

    private Task OnNackAsync(object sender, BasicNackEventArgs nack)
    {
        Window.Settle(nack.DeliveryTag, nack.Multiple, static publish =>
        {
            publish.Clock?.Stop();
            publish.Fail(PublishFailure.Nacked, "the broker refused it (basic.nack), as a rule because a queue has reached its length limit");
        });
        return Task.CompletedTask;
    }

    private Task OnReturnAsync(object sender, BasicReturnEventArgs returned)
    {
        Window.MarkReturned(returned.BasicProperties.MessageId, returned.Exchange, returned.RoutingKey);
        return Task.CompletedTask;
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason) => _closed.CancelAsync();
}

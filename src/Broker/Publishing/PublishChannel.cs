using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace BrokerQueues.Broker.Publishing;

/// <summary>One channel with publisher confirms, from its opening to its end.</summary>
internal sealed class PublishChannel : IAsyncDisposable
{
    // Confirms without the client's tracking: see ConfirmWindow.
    private static readonly CreateChannelOptions s_options = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);

    private readonly IChannel _channel;
    private readonly CancellationTokenSource _closed = new();

    private PublishChannel(IChannel channel, int capacity)
    {
        _channel = channel;
        Window = new ConfirmWindow(capacity);
        Closed = _closed.Token;
        channel.BasicAcksAsync += OnAckAsync;
        channel.BasicNacksAsync += OnNackAsync;
        channel.BasicReturnAsync += OnReturnAsync;
        channel.ChannelShutdownAsync += OnShutdownAsync;
    }

    public ConfirmWindow Window { get; }

    public CancellationToken Closed { get; }

    /// <summary>Why the channel closed; null while it is open.</summary>
    public ShutdownEventArgs? Reason => _channel.CloseReason;

    public static async Task<PublishChannel> OpenAsync(IConnection connection, int capacity, CancellationToken cancellationToken)
    {
        IChannel channel = await connection.CreateChannelAsync(s_options, cancellationToken).ConfigureAwait(false);
        var opened = new PublishChannel(channel, capacity);
        if (channel.IsClosed)
        {
            await opened._closed.CancelAsync().ConfigureAwait(false);
        }

        return opened;
    }

    public ValueTask SendAsync(OutboundMessage message) => _channel.BasicPublishAsync(
        message.Exchange, message.RoutingKey, message.Mandatory, message.Properties, message.Body, CancellationToken.None);

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private Task OnAckAsync(object sender, BasicAckEventArgs ack)
    {
        Window.Settle(ack.DeliveryTag, ack.Multiple, static publish =>
        {
            if (publish.Returned)
            {
                publish.TrySetException(new TaskQueueNotFoundException(publish.Message.TaskId, publish.Message.QueueId));
            }
            else
            {
                publish.TrySetResult();
            }
        });
        return Task.CompletedTask;
    }

    private Task OnNackAsync(object sender, BasicNackEventArgs nack)
    {
        Window.Settle(nack.DeliveryTag, nack.Multiple, static publish =>
            publish.TrySetException(new TaskQueueFullException(publish.Message.TaskId, publish.Message.QueueId)));
        return Task.CompletedTask;
    }

    private Task OnReturnAsync(object sender, BasicReturnEventArgs returned)
    {
        Window.MarkReturned(returned.BasicProperties.MessageId, returned.Exchange, returned.RoutingKey);
        return Task.CompletedTask;
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason) => _closed.CancelAsync();
}

using RabbitMQ.Client;

namespace BrokerQueues.Broker.Publishing;

/// <summary>A message on its way to the broker. It may be sent more than once, under the same id, when a channel is lost in between.</summary>
/// <param name="Exchange">The exchange; it must exist, or the publish fails with <see cref="PublishFailure.ExchangeMissing"/>.</param>
/// <param name="RoutingKey">The routing key.</param>
/// <param name="Mandatory">Whether a message that reaches no queue is an error.</param>
/// <param name="Properties">Its properties, with headers of its own; <see cref="ConfirmingPublisher"/> seals them against the client.</param>
/// <param name="Body">Its body; must not change until the publish has ended.</param>
internal sealed record OutboundMessage(string Exchange, string RoutingKey, bool Mandatory, BasicProperties Properties, ReadOnlyMemory<byte> Body)
{
    /// <summary>
    /// An exchange that must exist beside <see cref="Exchange"/>: the delay ladder takes a message for any queue, so that the
    /// queue is there has to be asked. Null where nothing else has to exist.
    /// </summary>
    public string? AlsoRequiredExchange { get; init; }

    /// <summary>What is needed of it when it is not sent any more: who it was, and by what the broker names it in a return.</summary>
    public OutboundMessage WithoutContent() => this with { Properties = new BasicProperties { MessageId = Properties.MessageId }, Body = default };
}

using BrokerQueues.Benchmarks.Throughput.Child;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Client;

/// <summary>Parse, execute, acknowledge. A consumer of its own saves the event arguments of AsyncEventingBasicConsumer.</summary>
internal sealed class ClientConsumer(IChannel channel, IClientBody bodies, Executions executions) : AsyncDefaultBasicConsumer(channel)
{
    public override async Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        await executions.ExecuteAsync(bodies.Read(properties.Type!, body));
        await Channel.BasicAckAsync(deliveryTag, multiple: false, cancellationToken);
    }
}

using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;
using MassTransit;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.MassTransit;

internal sealed class OrderConsumer(Executions executions) : IConsumer<Order>
{
    public Task Consume(ConsumeContext<Order> context) => executions.ExecuteAsync(context.Message.SentAt);
}

internal sealed class SmallOrderConsumer(Executions executions) : IConsumer<SmallOrder>
{
    public Task Consume(ConsumeContext<SmallOrder> context) => executions.ExecuteAsync(context.Message.Number);
}

/// <summary>A consumer for each of the ten types.</summary>
internal sealed class MixedConsumer<T>(Executions executions) : IConsumer<T>
    where T : Order
{
    public Task Consume(ConsumeContext<T> context) => executions.ExecuteAsync(context.Message.SentAt);
}

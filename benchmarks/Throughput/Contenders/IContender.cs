using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;

namespace BrokerQueues.Benchmarks.Throughput.Contenders;

/// <summary>A way to use RabbitMQ. Disposed, it leaves nothing on the broker.</summary>
internal interface IContender : IAsyncDisposable
{
    /// <summary>Declares what the scenario needs, and opens what publishes.</summary>
    /// <returns>The name of the queue on the broker.</returns>
    Task<string> PrepareAsync(Scenario scenario);

    /// <summary>Publishes as fast as it can; returns when all are confirmed.</summary>
    Task PublishAllAsync(Scenario scenario, int tasks);

    /// <summary>Publishes one task; returns when it is confirmed.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="number">Which task of the scenario it is.</param>
    /// <param name="sentAt">When it was due; null where nobody asks.</param>
    Task PublishAsync(Scenario scenario, int number, long? sentAt);

    /// <summary>Makes what consumes, without starting it.</summary>
    Task<IConsumption> CreateConsumptionAsync(Scenario scenario, Executions executions);
}

/// <summary>Consumes from its start until it is disposed; by then all that was executed is settled.</summary>
internal interface IConsumption : IAsyncDisposable
{
    Task StartAsync();
}

using System.Diagnostics.Metrics;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Tests.Pipeline;

internal static class TestTelemetry
{
    /// <summary>What tells of the executions of a queue that no host was made for.</summary>
    public static ExecutionTelemetry Of(string queueName, TimeProvider time, ILoggerFactory loggers, IMeterFactory? meters = null)
    {
        IServiceProvider services = new ServiceCollection().AddBrokerQueues().Services.BuildServiceProvider();
        var errors = new TelemetryErrors(loggers);
        return new ExecutionTelemetry(
            queueName,
            new ExecutionInstruments(new TelemetryMeter(errors, meters), new RunningTasks(time), new BrokerNames("")),
            services.GetRequiredService<BrokerConnections>().Consuming, services.GetRequiredService<NodeIdentity>(), time, errors);
    }
}

using BrokerQueues.Broker.Hosting;
using BrokerQueues.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Benchmarks.Growth;

/// <summary>A broker, and the prefix of all that a curve puts there.</summary>
internal sealed record Place(Uri Broker, string Prefix)
{
    /// <summary>A program that publishes here, and nothing of the machine's configuration in it. Warnings go to standard error.</summary>
    public HostApplicationBuilder NewPublisher() => NewHost(out _);

    /// <summary>A worker, likewise.</summary>
    public HostApplicationBuilder NewWorker(Action<WorkerBuilder> worker)
    {
        HostApplicationBuilder host = NewHost(out BrokerQueuesBuilder brokerQueues);
        // With thousands of queues a busy broker takes its time to let all of them go.
        host.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(2));
        brokerQueues.AddWorker(worker);
        return host;
    }

    private HostApplicationBuilder NewHost(out BrokerQueuesBuilder brokerQueues)
    {
        var host = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        host.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        brokerQueues = host.Services.AddBrokerQueues(options =>
        {
            options.Uri = Broker;
            options.Prefix = Prefix;
        });
        return host;
    }
}

using BrokerQueues.Broker;
using BrokerQueues.Broker.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Reads the options from their section. What is wrong there is told at start, with the mistakes of the declarations.</summary>
internal sealed class WorkerOptionsBinding(IConfiguration? configuration) : IConfigureOptions<WorkerOptions>
{
    public void Configure(WorkerOptions options)
    {
        if (configuration?.GetSection(WorkerOptions.SectionName) is { } section)
        {
            // The settings of queues are read apart; see there why.
            new OptionsReader(options.SectionMistakes, (typeof(BrokerQueuesOptions), configuration.GetSection(BrokerQueuesOptions.SectionName).Path))
                .Read(section, options, nameof(options.Queues));
            new QueueSettingsReader(options).Read(section.GetSection(nameof(options.Queues)));
        }
    }
}

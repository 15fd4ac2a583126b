using BrokerQueues;
using BrokerQueues.Broker;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Hosting;
using BrokerQueues.Broker.Publishing;
using BrokerQueues.Broker.Settlement;
using BrokerQueues.Broker.Status;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Topology;
using BrokerQueues.Broker.Wire.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds BrokerQueues to a program.</summary>
public static class BrokerQueuesServiceCollectionExtensions
{
    /// <summary>Adds <see cref="ITaskManager"/>, with options from the section <c>BrokerQueues</c> of the configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration that has the section.</param>
    /// <returns>A builder, for <c>AddWorker</c>.</returns>
    public static BrokerQueuesBuilder AddBrokerQueues(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        IConfigurationSection section = configuration.GetSection(BrokerQueuesOptions.SectionName);
        services.AddSingleton<IConfigureOptions<BrokerQueuesOptions>>(new BrokerQueuesOptionsBinding(section));
        services.AddSingleton<IOptionsChangeTokenSource<BrokerQueuesOptions>>(new ConfigurationChangeTokenSource<BrokerQueuesOptions>(section));
        services.AddSingleton(new GivenConfiguration(configuration));
        return services.AddBrokerQueues();
    }

    /// <summary>Adds <see cref="ITaskManager"/>, with options set in code.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; null leaves the defaults.</param>
    /// <returns>A builder, for <c>AddWorker</c>.</returns>
    public static BrokerQueuesBuilder AddBrokerQueues(this IServiceCollection services, Action<BrokerQueuesOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<BrokerQueuesOptions> options = services.AddOptions<BrokerQueuesOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddLogging();
        services.TryAddSingleton<IOptionsFactory<BrokerQueuesOptions>, BrokerQueuesOptionsFactory>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<BrokerQueuesOptions>, BrokerQueuesOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<NodeIdentity>();
        services.TryAddSingleton<TelemetryErrors>();
        services.TryAddSingleton<TelemetryMeter>();
        services.TryAddSingleton<ReconnectCounter>();
        services.TryAddSingleton<ConfirmTelemetry>();
        services.TryAddSingleton<SendTelemetry>();
        services.TryAddSingleton<ParkingCounter>();
        services.TryAddSingleton<BrokerConnections>();
        services.TryAddSingleton(provider => new BrokerNames(provider.GetRequiredService<IOptions<BrokerQueuesOptions>>().Value.Prefix));
        services.TryAddSingleton<TopologyDeclarer>();
        services.TryAddSingleton<TopologyKeeper>();
        services.TryAddSingleton<QueueInspector>();
        services.TryAddSingleton<ConfirmingPublisher>();
        services.TryAddSingleton<CopyPublisher>();
        services.TryAddSingleton<IDirectiveSerializer, DirectiveJson>();
        services.TryAddSingleton<TaskComposer>();
        services.TryAddSingleton<TaskPublishErrors>();
        services.TryAddSingleton<ITaskManager, TaskManager>();
        services.TryAddSingleton<ProgramStatus>();
        services.TryAddSingleton<IBrokerQueuesStatus>(provider => provider.GetRequiredService<ProgramStatus>());
        return new BrokerQueuesBuilder(services);
    }
}

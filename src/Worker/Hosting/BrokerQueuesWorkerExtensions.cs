using System.Globalization;
using BrokerQueues;
using BrokerQueues.Broker.Hosting;
using BrokerQueues.Broker.Status;
using BrokerQueues.Worker;
using BrokerQueues.Worker.Discovery;
using BrokerQueues.Worker.Hosting;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Results;
using BrokerQueues.Worker.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes a program a worker.</summary>
public static class BrokerQueuesWorkerExtensions
{
    /// <summary>
    /// Consumes task queues in this host. It starts when every queue is consumed, and waits for a broker that is not there yet;
    /// mistakes in the declarations and differences on the broker end the start.
    /// </summary>
    /// <param name="builder">What <c>AddBrokerQueues</c> returned.</param>
    /// <param name="configure">Adds the processors.</param>
    /// <returns>The same builder.</returns>
    public static BrokerQueuesBuilder AddWorker(this BrokerQueuesBuilder builder, Action<WorkerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = builder.Services;

        ProcessorRegistrations? registrations = services
            .FirstOrDefault(service => service.ServiceType == typeof(ProcessorRegistrations))?.ImplementationInstance as ProcessorRegistrations;
        if (registrations is null)
        {
            registrations = new ProcessorRegistrations { Services = services };
            services.AddSingleton(registrations);
            services.AddOptions<WorkerOptions>().ValidateOnStart();
            // Not Bind: where AddBrokerQueues was given no configuration it is the host's, which only the provider knows.
            services.AddSingleton<IConfigureOptions<WorkerOptions>>(provider =>
                new ConfigureFromSection(provider.GetService<GivenConfiguration>()?.Root ?? provider.GetService<IConfiguration>()));
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WorkerOptions>, WorkerOptionsValidator>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IErrorCodeProvider, HttpErrorCodes>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IErrorCodeProvider, SqlErrorCodes>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IErrorCodeProvider, HResultErrorCodes>());
            services.AddSingleton<ExceptionClassifier>();
            services.AddSingleton<RunningTasks>();
            services.AddSingleton<NodeStatus>();
            services.AddSingleton<IWorkerStatus>(provider => provider.GetRequiredService<NodeStatus>());
            services.AddSingleton<ExecutionInstruments>();
            services.AddSingleton<NodeComposition>();
            services.AddHostedService<WorkerService>();
        }

        configure(new WorkerBuilder(services, registrations));
        return builder;
    }

    private sealed class ConfigureFromSection(IConfiguration? configuration) : IConfigureOptions<WorkerOptions>
    {
        public void Configure(WorkerOptions options)
        {
            if (configuration?.GetSection(WorkerOptions.SectionName) is not { } section)
            {
                return;
            }

            foreach (System.Reflection.PropertyInfo property in typeof(WorkerOptions).GetProperties().Where(property => property.PropertyType == typeof(TimeSpan)))
            {
                if (section[property.Name] is { } text && int.TryParse(text, CultureInfo.InvariantCulture, out int days) && days != 0)
                {
                    throw new OptionsValidationException(
                        "", typeof(WorkerOptions),
                        [$"{WorkerOptions.SectionName}: {property.Name} is \"{text}\", which means {days} days. Write days, hours, minutes and seconds, such as \"00:00:05\" or \"5.00:00:00\"."]);
                }
            }

            string[] names = [.. typeof(WorkerOptions).GetProperties().Select(property => property.Name)];
            options.SectionMistakes.AddRange(section.GetChildren()
                .Where(child => !names.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                .Select(child => $"{WorkerOptions.SectionName}: a worker has no option '{child.Key}'. {NearNames.Suggest(child.Key, names, "Its options are")}"));

            // The settings of queues are read apart; see there why.
            ConfigurationBinder.Bind(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(section.AsEnumerable(makePathsRelative: true).Where(entry => entry.Key.Length > 0 && !IsOfQueues(entry.Key)))
                    .Build(),
                options);
            new QueueSettingsReader(options).Read(section.GetSection(nameof(options.Queues)));
        }

        private static bool IsOfQueues(string path) =>
            path.Equals(nameof(WorkerOptions.Queues), StringComparison.OrdinalIgnoreCase) ||
            path.StartsWith($"{nameof(WorkerOptions.Queues)}:", StringComparison.OrdinalIgnoreCase);
    }
}

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
            services.AddOptions<WorkerOptions>();
            // Not Bind: where AddBrokerQueues was given no configuration it is the host's, which only the provider knows.
            services.AddSingleton<IConfigureOptions<WorkerOptions>>(provider =>
                new WorkerOptionsBinding(provider.GetService<GivenConfiguration>()?.Root ?? provider.GetService<IConfiguration>()));
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
}

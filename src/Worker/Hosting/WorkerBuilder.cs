using System.Reflection;
using BrokerQueues.Worker.Discovery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BrokerQueues.Worker.Hosting;

/// <summary>Says which processors a worker has. Reached through <c>AddWorker</c>.</summary>
public sealed class WorkerBuilder
{
    private readonly IServiceCollection _services;

    internal WorkerBuilder(IServiceCollection services, ProcessorRegistrations registrations)
    {
        _services = services;
        Registrations = registrations;
    }

    internal ProcessorRegistrations Registrations { get; }

    /// <summary>Adds the processors of a class. An instance is made for each execution, out of the scope of its task (registered as transient), unless it is registered already.</summary>
    /// <typeparam name="T">A class with methods marked <see cref="TaskProcessorAttribute"/>.</typeparam>
    public WorkerBuilder AddProcessorsFrom<T>()
        where T : class => AddProcessorsFrom(typeof(T));

    /// <summary>Adds the processors of a class. An instance is made for each execution, out of the scope of its task (registered as transient), unless it is registered already.</summary>
    /// <param name="type">A class with methods marked <see cref="TaskProcessorAttribute"/>.</param>
    public WorkerBuilder AddProcessorsFrom(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        Registrations.ProcessorTypes.Add(type);
        if (type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false })
        {
            _services.TryAddTransient(type);
        }

        return this;
    }

    /// <summary>
    /// Adds the processors of all classes of an assembly. Abstract and open generic classes are served by what derives from them. What
    /// does not load is left out, with a warning at start.
    /// </summary>
    /// <param name="assembly">The assembly.</param>
    public WorkerBuilder AddProcessorsFromAssembly(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        foreach (Type type in AssemblyScan.ProcessorClasses(assembly, Registrations.LeftOut))
        {
            AddProcessorsFrom(type);
        }

        return this;
    }

    /// <summary>
    /// Names an assembly that declares queues (fields marked <see cref="TaskQueueAttribute"/>), such as one of shared contracts.
    /// The assemblies of the processors are looked through without it.
    /// </summary>
    /// <param name="assembly">The assembly.</param>
    public WorkerBuilder AddQueuesFromAssembly(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        Registrations.QueueAssemblies.Add(assembly);
        return this;
    }

    /// <summary>
    /// Puts a middleware around the execution of tasks; the first that is used is the outermost. One instance serves all executions (registered
    /// as a singleton, unless it is registered already).
    /// </summary>
    /// <typeparam name="T">The middleware.</typeparam>
    /// <param name="appliesTo">Which processors it is around, asked once for each at start; null for all.</param>
    public WorkerBuilder UseMiddleware<T>(Func<ITaskProcessorInfo, bool>? appliesTo = null)
        where T : class, ITaskMiddleware
    {
        _services.TryAddSingleton<T>();
        _services.AddSingleton(new MiddlewareRegistration(typeof(T), appliesTo));
        return this;
    }

    /// <summary>Sets options of the worker.</summary>
    /// <param name="configure">Sets them.</param>
    public WorkerBuilder Configure(Action<WorkerOptions> configure)
    {
        _services.Configure(configure);
        return this;
    }
}

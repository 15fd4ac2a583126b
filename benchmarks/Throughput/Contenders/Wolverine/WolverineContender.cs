using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;
using JasperFx.CodeGeneration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Wolverine;
using Wolverine.RabbitMQ;
using Wolverine.RabbitMQ.Internal;
using Wolverine.Runtime;
using Wolverine.Runtime.Handlers;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.Wolverine;

/// <summary>
/// Wolverine as fast as it can be set without giving up what the others promise: inline endpoints, which acknowledge after the handler has returned, with as many
/// dispatched at a time as the scenario has; confirms on and awaited. Handlers are added as such, so that nothing is compiled at the start; with its own JSON.
/// </summary>
internal sealed class WolverineContender(Uri uri, string prefix) : IContender
{
    private readonly HashSet<string> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IHost> _publishers = new(StringComparer.Ordinal);

    public async Task<string> PrepareAsync(Scenario scenario)
    {
        string queue = QueueOf(scenario);
        if (_queues.Add(queue))
        {
            await using (IConsumption declares = await CreateConsumptionAsync(scenario, new Executions(0, scenario.WaitMilliseconds)))
            {
                await declares.StartAsync();
            }

            IHost publisher = Hosts.Build(services => AddWolverine(services, options =>
                options.PublishAllMessages().ToRabbitQueue(queue, declared => Declare(declared, scenario)).SendInline()));
            await publisher.StartAsync();
            _publishers[queue] = publisher;
        }

        return queue;
    }

    public Task PublishAllAsync(Scenario scenario, int tasks) => Window.RunAsync(tasks, number => PublishAsync(scenario, number, null));

    public Task PublishAsync(Scenario scenario, int number, long? sentAt)
    {
        var bus = new MessageBus(_publishers[QueueOf(scenario)].Services.GetRequiredService<IWolverineRuntime>());
        return bus.PublishAsync(sentAt is { } at ? Payloads.Stamped(at) : Payloads.Of(scenario, number)).AsTask();
    }

    public Task<IConsumption> CreateConsumptionAsync(Scenario scenario, Executions executions)
    {
        IHost host = Hosts.Build(services => AddWolverine(services, options =>
        {
            options.ListenToRabbitQueue(QueueOf(scenario), declared => Declare(declared, scenario))
                .ProcessInline()
                .PreFetchCount(scenario.Prefetch)
                .ConsumerDispatchConcurrency((ushort)scenario.Concurrency);
            foreach (Type type in Enumerable.Range(0, Math.Max(1, scenario.TaskTypes)).Select(number => Payloads.Of(scenario, number).GetType()))
            {
                options.AddMessageHandler(type, (IMessageHandler)Activator.CreateInstance(typeof(Handler<>).MakeGenericType(type), executions)!);
            }
        }));
        return Task.FromResult<IConsumption>(new HostConsumption(host));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IHost publisher in _publishers.Values)
        {
            await publisher.StopAsync();
            publisher.Dispose();
        }

        await QueueProbe.RemoveAsync(uri, [.. _queues]);
    }

    private static void Declare(IRabbitMqQueue queue, Scenario scenario)
    {
        queue.QueueType = QueueType.quorum;
        if (scenario.Sequential)
        {
            queue.Arguments["x-single-active-consumer"] = true;
        }
    }

    // It looks for handlers all the same, and says at length that it finds none.
    private void AddWolverine(IServiceCollection services, Action<WolverineOptions> configure) => services
        .AddLogging(logging => logging.AddFilter("Wolverine.Configuration.HandlerDiscovery", LogLevel.Error))
        .AddWolverine(ExtensionDiscovery.ManualOnly, options =>
        {
            options.CodeGeneration.TypeLoadMode = TypeLoadMode.Static;
            options.Discovery.DisableConventionalDiscovery();
            options.Durability.Mode = DurabilityMode.Solo;
            options.UseRabbitMq(uri).AutoProvision().DisableDeadLetterQueueing().ConfigureChannelCreation(channel =>
            {
                channel.PublisherConfirmationsEnabled = true;
                channel.PublisherConfirmationTrackingEnabled = true;
            });
            configure(options);
        });

    private string QueueOf(Scenario scenario) => $"{prefix}wolverine.{scenario.Id}";

    private sealed class Handler<T>(Executions executions) : MessageHandler<T>
    {
        protected override Task HandleAsync(T message, MessageContext context, CancellationToken cancellation) =>
            executions.ExecuteAsync(message is Order order ? order.SentAt : ((SmallOrder)(object)message!).Number);
    }
}

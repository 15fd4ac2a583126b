using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.MassTransit;

/// <summary>MassTransit as fast as it can be set without giving up what the others promise.</summary>
internal sealed class MassTransitContender(Uri uri, string prefix) : IContender
{
    private readonly HashSet<string> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ISendEndpoint> _endpoints = new(StringComparer.Ordinal);
    private IHost? _publisher;

    public async Task<string> PrepareAsync(Scenario scenario)
    {
        if (_publisher is null)
        {
            _publisher = Hosts.Build(services => AddBus(services, (_, _) => { }, _ => { }));
            await _publisher.StartAsync();
        }

        string queue = QueueOf(scenario);
        if (_queues.Add(queue))
        {
            // Its receive endpoint declares the queue; a sender would declare it too, but as a classic one.
            await using IConsumption declares = await CreateConsumptionAsync(scenario, new Executions(0, scenario.WaitMilliseconds));
            await declares.StartAsync();
            _endpoints[queue] = await _publisher.Services.GetRequiredService<IBus>().GetSendEndpoint(new Uri($"exchange:{queue}"));
        }

        return queue;
    }

    public Task PublishAllAsync(Scenario scenario, int tasks) => Window.RunAsync(tasks, number => PublishAsync(scenario, number, null));

    public Task PublishAsync(Scenario scenario, int number, long? sentAt)
    {
        ISendEndpoint endpoint = _endpoints[QueueOf(scenario)];
        object message = sentAt is { } at ? Payloads.Stamped(at) : Payloads.Of(scenario, number);
        return message switch
        {
            Order order when order.GetType() == typeof(Order) => endpoint.Send(order),
            SmallOrder small => endpoint.Send(small),
            _ => endpoint.Send(message),
        };
    }

    public Task<IConsumption> CreateConsumptionAsync(Scenario scenario, Executions executions)
    {
        IHost host = Hosts.Build(services => AddBus(
            services.AddSingleton(executions),
            (context, bus) => bus.ReceiveEndpoint(QueueOf(scenario), endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.SetQuorumQueue();
                endpoint.PrefetchCount = Scenario.Prefetch;
                endpoint.ConcurrentMessageLimit = scenario.Concurrency;
                if (scenario.Sequential)
                {
                    endpoint.SetQueueArgument("x-single-active-consumer", true);
                }

                endpoint.ConfigureConsumers(context);
            }),
            registration => AddConsumers(registration, scenario)));
        return Task.FromResult<IConsumption>(new HostConsumption(host));
    }

    public async ValueTask DisposeAsync()
    {
        if (_publisher is not null)
        {
            await _publisher.StopAsync();
            _publisher.Dispose();
            await QueueProbe.RemoveAsync(uri, [.. _queues.SelectMany(queue => new[] { queue, $"{queue}_error", $"{queue}_skipped" })]);
        }
    }

    private static void AddConsumers(IRegistrationConfigurator registration, Scenario scenario)
    {
        if (scenario.TaskTypes == 1)
        {
            registration.AddConsumer(scenario.Body == BodySize.Small ? typeof(SmallOrderConsumer) : typeof(OrderConsumer));
            return;
        }

        foreach (int number in Enumerable.Range(0, scenario.TaskTypes))
        {
            registration.AddConsumer(typeof(MixedConsumer<>).MakeGenericType(Payloads.Of(scenario, number).GetType()));
        }
    }

    private void AddBus(
        IServiceCollection services, Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> configure, Action<IRegistrationConfigurator> register)
    {
        services.Configure<MassTransitHostOptions>(options => options.WaitUntilStarted = true);
        services.AddMassTransit(registration =>
        {
            register(registration);
            registration.UsingRabbitMq((context, bus) =>
            {
                bus.Host(uri, host => host.PublisherConfirmation = true);
                if (Environment.GetEnvironmentVariable("MT_RAW") == "1")
                {
                    bus.UseRawJsonSerializer(RawSerializerOptions.AddTransportHeaders, isDefault: true);
                }

                configure(context, bus);
            });
        });
    }

    private string QueueOf(Scenario scenario) => $"{prefix}masstransit.{scenario.Id}";
}

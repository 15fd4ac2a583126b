using BrokerQueues.Benchmarks.Throughput.Child;
using BrokerQueues.Benchmarks.Throughput.Scenarios;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Benchmarks.Throughput.Contenders.MassTransit;

/// <summary>MassTransit as fast as it can be set without giving up what the others promise: confirms are on and awaited.</summary>
/// <remarks>
/// What was tried, 4 interleaved rounds on RabbitMQ 3.10 with other work on the machine, as CPU us / allocated bytes a task, for publishing in bulk
/// and consuming with concurrency 1: the envelope, which is its default, 34 / 11.7 K and 35 / 20.3 K; raw JSON with the type in a header 32 / 11.6 K
/// and 27 / 14.8 K; raw JSON of any type 26 / 9.7 K and 26 / 13.1 K. Rates agreed, within their noise of a third: raw JSON consumed 20 to 40 % more
/// than the envelope. SendBatch in chunks of 512 published no faster than a window of 512 Sends (8,000/s and 11,400/s). Version 8.4 no longer has the
/// setting for batches on the wire.
/// </remarks>
internal sealed class MassTransitContender(Uri uri, string prefix) : IContender
{
    private readonly HashSet<string> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ISendEndpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly Dictionary<RawSerializerOptions, IHost> _publishers = [];

    public async Task<string> PrepareAsync(Scenario scenario)
    {
        RawSerializerOptions format = FormatOf(scenario);
        if (!_publishers.TryGetValue(format, out IHost? publisher))
        {
            _publishers[format] = publisher = Hosts.Build(services => AddBus(services, format, (_, _) => { }, _ => { }));
            await publisher.StartAsync();
        }

        string queue = QueueOf(scenario);
        if (_queues.Add(queue))
        {
            // Its receive endpoint declares the queue; a sender would declare it too, but as a classic one.
            await using IConsumption declares = await CreateConsumptionAsync(scenario, new Executions(0, scenario.WaitMilliseconds));
            await declares.StartAsync();
            _endpoints[queue] = await publisher.Services.GetRequiredService<IBus>().GetSendEndpoint(new Uri($"exchange:{queue}"));
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
            FormatOf(scenario),
            (context, bus) => bus.ReceiveEndpoint(QueueOf(scenario), endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.SetQuorumQueue();
                endpoint.PrefetchCount = scenario.Prefetch;
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
        foreach (IHost publisher in _publishers.Values)
        {
            await publisher.StopAsync();
            publisher.Dispose();
        }

        await QueueProbe.RemoveAsync(uri, _queues.SelectMany(queue => new[] { queue, $"{queue}_error", $"{queue}_skipped" }));
    }

    // The fastest for one type; ten types on one queue have to be told apart.
    private static RawSerializerOptions FormatOf(Scenario scenario) =>
        scenario.TaskTypes == 1 ? RawSerializerOptions.AnyMessageType : RawSerializerOptions.AddTransportHeaders;

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
        IServiceCollection services, RawSerializerOptions format,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> configure, Action<IRegistrationConfigurator> register)
    {
        services.Configure<MassTransitHostOptions>(options => options.WaitUntilStarted = true);
        services.AddMassTransit(registration =>
        {
            // A report to its makers is no part of what is compared, and a benchmark calls nobody.
            registration.DisableUsageTelemetry();
            register(registration);
            registration.UsingRabbitMq((context, bus) =>
            {
                bus.Host(uri, host => host.PublisherConfirmation = true);
                bus.UseRawJsonSerializer(format, isDefault: true);
                bus.UseRawJsonDeserializer(format, isDefault: true);
                configure(context, bus);
            });
        });
    }

    private string QueueOf(Scenario scenario) => $"{prefix}masstransit.{scenario.Id}";
}

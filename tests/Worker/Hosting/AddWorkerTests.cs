using BrokerQueues.Broker.Hosting;
using BrokerQueues.Worker.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Worker.Tests.Hosting;

public sealed class AddWorkerTests
{
    private sealed class First
    {
        [TaskProcessor("hosting.orders", "A")]
        public Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private static class Second
    {
        [TaskProcessor("hosting.orders", "B")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private readonly ServiceCollection _services = new();

    private BrokerQueuesBuilder Broker => _services.AddBrokerQueues();

    [Fact]
    public void Options_come_from_the_configuration_that_was_given_and_code_comes_last()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Apps:One:BrokerQueues:Worker:MaxTotalConcurrency"] = "77",
            ["Apps:One:BrokerQueues:Worker:ShutdownGracePeriod"] = "00:00:03",
            ["BrokerQueues:Worker:ShutdownGracePeriod"] = "00:00:04",
        }).Build();
        _services.AddSingleton(configuration);
        _services.AddBrokerQueues(configuration.GetSection("Apps:One"))
            .AddWorker(worker => worker.AddProcessorsFrom<First>().Configure(options => options.MaxTotalConcurrency = 99));

        using ServiceProvider provider = _services.BuildServiceProvider();
        WorkerOptions read = provider.GetRequiredService<IOptions<WorkerOptions>>().Value;
        Assert.Equal((99, TimeSpan.FromSeconds(3)), (read.MaxTotalConcurrency, read.ShutdownGracePeriod));
    }

    [Fact]
    public void A_class_of_processors_is_made_for_each_task_unless_it_is_registered_already()
    {
        Broker.AddWorker(worker => worker.AddProcessorsFrom<First>());
        Assert.Equal(ServiceLifetime.Transient, _services.Single(service => service.ServiceType == typeof(First)).Lifetime);

        var other = new ServiceCollection();
        other.AddSingleton<First>();
        other.AddBrokerQueues().AddWorker(worker => worker.AddProcessorsFrom<First>());
        Assert.Equal(ServiceLifetime.Singleton, other.Single(service => service.ServiceType == typeof(First)).Lifetime);
    }

    [Fact]
    public void Two_calls_make_one_worker_with_the_processors_of_both()
    {
        Broker.AddWorker(worker => worker.AddProcessorsFrom<First>()).AddWorker(worker => worker.AddProcessorsFrom(typeof(Second)));
        using ServiceProvider provider = _services.BuildServiceProvider();
        Assert.Equal([typeof(First), typeof(Second)], provider.GetRequiredService<ProcessorRegistrations>().ProcessorTypes);
        Assert.Single(_services, service => service.ServiceType == typeof(IHostedService));
        Assert.DoesNotContain(_services, service => service.ServiceType == typeof(Second));
    }

    [Fact]
    public void All_classes_with_processors_of_an_assembly_are_found_and_no_others()
    {
        Broker.AddWorker(worker => worker.AddProcessorsFromAssembly(typeof(AddWorkerTests).Assembly));
        using ServiceProvider provider = _services.BuildServiceProvider();
        HashSet<Type> types = provider.GetRequiredService<ProcessorRegistrations>().ProcessorTypes;
        Assert.Contains(typeof(First), types);
        Assert.Contains(typeof(Second), types);
        Assert.DoesNotContain(typeof(AddWorkerTests), types);
    }

    [Fact]
    public void Options_come_from_the_configuration_and_code_wins()
    {
        _services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["BrokerQueues:Worker:MaxTotalConcurrency"] = "77",
            ["BrokerQueues:Worker:ShutdownGracePeriod"] = "00:00:03",
        }).Build());
        Broker.AddWorker(worker => worker.Configure(options => options.ShutdownGracePeriod = TimeSpan.FromSeconds(4)));
        using ServiceProvider provider = _services.BuildServiceProvider();
        WorkerOptions options = provider.GetRequiredService<IOptions<WorkerOptions>>().Value;
        Assert.Equal((77, TimeSpan.FromSeconds(4)), (options.MaxTotalConcurrency, options.ShutdownGracePeriod));
    }

    // Five days, silently.
    [Theory]
    [InlineData("MaxRequeueDelay", "5")]
    [InlineData("BroadcastLease", " 10 ")]
    [InlineData("ShutdownGracePeriod", "30")]
    public void A_time_in_the_configuration_that_is_a_bare_number_is_refused_and_says_what_it_would_mean(string option, string text)
    {
        _services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?>(StringComparer.Ordinal) { [$"BrokerQueues:Worker:{option}"] = text }).Build());
        Broker.AddWorker(_ => { });
        using ServiceProvider provider = _services.BuildServiceProvider();
        string message = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<WorkerOptions>>().Value).Message;
        Assert.Contains($"BrokerQueues:Worker: {option} is \"{text}\", which means {text.Trim()} days. Write ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_grace_period_is_a_time()
    {
        _services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["BrokerQueues:Worker:ShutdownGracePeriod"] = "0" }).Build());
        Broker.AddWorker(_ => { });
        using ServiceProvider provider = _services.BuildServiceProvider();
        Assert.Equal(TimeSpan.Zero, provider.GetRequiredService<IOptions<WorkerOptions>>().Value.ShutdownGracePeriod);
    }

    [Fact]
    public void Wrong_options_are_refused()
    {
        Broker.AddWorker(worker => worker.Configure(options => options.MaxTotalConcurrency = 0));
        using ServiceProvider provider = _services.BuildServiceProvider();
        IOptions<WorkerOptions> options = provider.GetRequiredService<IOptions<WorkerOptions>>();
        Assert.Throws<OptionsValidationException>(() => _ = options.Value);
    }

    [Fact]
    public void A_users_own_error_codes_stand_beside_ours()
    {
        _services.AddSingleton<IErrorCodeProvider, NoCodes>();
        Broker.AddWorker(_ => { });
        Assert.Equal(
            ["HResultErrorCodes", "HttpErrorCodes", "NoCodes", "SqlErrorCodes"],
            _services.Where(service => service.ServiceType == typeof(IErrorCodeProvider)).Select(service => service.ImplementationType!.Name).Order(StringComparer.Ordinal));
    }

    private sealed class NoCodes : IErrorCodeProvider
    {
        public IEnumerable<string> GetErrorCodes(Exception exception) => [];
    }
}

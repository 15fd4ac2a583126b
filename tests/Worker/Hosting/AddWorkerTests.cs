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

    private IReadOnlyList<string> Mistakes(params (string Key, string? Value)[] settings)
    {
        _services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => $"BrokerQueues:Worker:{setting.Key}", setting => setting.Value, StringComparer.Ordinal))
            .Build());
        Broker.AddWorker(_ => { });
        using ServiceProvider provider = _services.BuildServiceProvider();
        var registrations = new ProcessorRegistrations { ProcessorTypes = { typeof(Second) } };
        return Assert.Throws<WorkerConfigurationException>(() => ProcessorCatalog.Build(registrations, provider.GetRequiredService<IOptions<WorkerOptions>>().Value)).Mistakes;
    }

    // Five days, half an hour, and 24 days, silently.
    [Theory]
    [InlineData("MaxRequeueDelay", "5", "5 days")]
    [InlineData("BroadcastLease", " 10 ", "10 days")]
    [InlineData("ShutdownGracePeriod", "30", "30 days")]
    [InlineData("ShutdownGracePeriod", "00:30", "00:30:00")]
    [InlineData("MaxRequeueDelay", "24:00:00", "24.00:00:00")]
    public void A_time_in_the_configuration_that_means_something_else_to_dotnet_is_refused_and_says_what(string option, string text, string meaning) => Assert.Contains(
        $"BrokerQueues:Worker:{option} is \"{text}\", which means {meaning}. Write hours, minutes and seconds, with days before a dot where needed, such as \"00:00:05\" or \"5.00:00:00\".",
        Mistakes((option, text)));

    [Fact]
    public void What_cannot_be_read_is_told_by_its_path_with_what_to_write_and_all_at_once_with_the_declarations()
    {
        IReadOnlyList<string> mistakes = Mistakes(
            ("MaxTotalConcurrency", "ten"), ("ShutdownGracePeriod", "5 s"), ("DefaultExceptionResult", "Failed"), ("MinRequeueDelay", "00:00:00"), ("Heartbeat", "00:00:05"), ("BroadcastLease:Minutes", "5"));
        Assert.Equal(7, mistakes.Count);
        Assert.Contains("BrokerQueues:Worker:MaxTotalConcurrency is \"ten\"; write a whole number, such as 10.", mistakes);
        Assert.Contains("BrokerQueues:Worker:ShutdownGracePeriod is \"5 s\"; write hours, minutes and seconds, with days before a dot where needed, such as \"00:00:05\" or \"5.00:00:00\".", mistakes);
        Assert.Contains("BrokerQueues:Worker:DefaultExceptionResult is \"Failed\"; write Fail, Fatal, Requeue, Retry or Cancel.", mistakes);
        Assert.Contains("BrokerQueues:Worker:MinRequeueDelay is 00:00:00; it must be from 00:00:01 to 1.00:00:00, written as 00:00:30 for 30 seconds.", mistakes);
        Assert.Contains("BrokerQueues:Worker:Heartbeat: there is no such option. Write it as BrokerQueues:Heartbeat.", mistakes);
        Assert.Contains("BrokerQueues:Worker:BroadcastLease:Minutes: BrokerQueues:Worker:BroadcastLease is one value, no section and no list. Write the value itself.", mistakes);
        Assert.Contains(mistakes, mistake => mistake.StartsWith("Second.RunAsync processes the queue 'hosting.orders', which is not declared", StringComparison.Ordinal));
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
    public void Wrong_options_are_told_with_the_mistakes_of_the_declarations()
    {
        var options = new WorkerOptions { MaxTotalConcurrency = 0 };
        IReadOnlyList<string> mistakes = Assert.Throws<WorkerConfigurationException>(() => ProcessorCatalog.Build(new ProcessorRegistrations(), options)).Mistakes;
        Assert.Equal("BrokerQueues:Worker:MaxTotalConcurrency is 0; it must be from 1 to 10000.", mistakes[0]);
        Assert.StartsWith("No processors were added.", Assert.Single(mistakes.Skip(1)), StringComparison.Ordinal);
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

using System.Text;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Queues;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using BrokerQueues.Worker.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Worker.Tests.Hosting;

/// <summary>Settings of single queues, in place of what their attributes say.</summary>
public sealed class QueueSettingsTests
{
    private sealed class Processors
    {
        [TaskQueue(MaxConcurrency = 10)]
        public const string Uploads = "settings.uploads";

        [TaskQueue(MaxConcurrency = 4, Prefetch = 8)]
        public const string Mails = "settings.mails";

        [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
        public const string Ledger = "settings.ledger";

        [TaskQueue]
        public const string Colons = "settings:a:b";

        [TaskProcessor(Uploads, "A")]
        [TaskProcessor(Mails, "A")]
        [TaskProcessor(Ledger, "A")]
        [TaskProcessor(Colons, "A")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private static class Listeners
    {
        [TaskQueue(Behavior = TaskQueueBehavior.Broadcast)]
        public const string News = "settings.news";

        [TaskQueue(Behavior = TaskQueueBehavior.Broadcast, BroadcastFilter = BroadcastFilter.FromOthersOnly)]
        public const string Caches = "settings.caches";

        [TaskProcessor(News, "A")]
        [TaskProcessor(Caches, "A")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private static class Cases
    {
        [TaskQueue]
        public const string Lower = "settings.case";

        [TaskQueue]
        public const string Upper = "Settings.Case";

        [TaskProcessor(Lower, "A")]
        [TaskProcessor(Upper, "A")]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    private static class Declared
    {
        [TaskQueue]
        public const string Elsewhere = "settings.elsewhere";
    }

    private static WorkerOptions Options(string queues, Action<WorkerOptions>? configure = null) =>
        OptionsOf($$"""{ "BrokerQueues": { "Worker": { "Queues": {{queues}} } } }""", configure);

    private static WorkerOptions OptionsOf(string json, Action<WorkerOptions>? configure = null)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        var services = new ServiceCollection();
        services.AddBrokerQueues(configuration).AddWorker(worker => worker.Configure(options => options.MaxTotalConcurrency = 10_000).Configure(configure ?? (_ => { })));
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<WorkerOptions>>().Value;
    }

    private static ProcessorCatalog Build(WorkerOptions options, Type? type = null)
    {
        var registrations = new ProcessorRegistrations();
        registrations.ProcessorTypes.Add(type ?? typeof(Processors));
        return ProcessorCatalog.Build(registrations, options);
    }

    private static QueueDefinition Queue(WorkerOptions options, string queueId) => Build(options).Queues.Single(queue => queue.QueueId == queueId);

    private static IReadOnlyList<string> Mistakes(WorkerOptions options, Type? type = null) =>
        Assert.Throws<WorkerConfigurationException>(() => Build(options, type)).Mistakes;

    [Fact]
    public void The_environment_overrides_the_attribute_queue_by_queue()
    {
        WorkerOptions options = Options("""{ "settings.uploads": { "MaxConcurrency": 30, "Prefetch": 100 }, "settings.mails": { "Prefetch": 4 } }""");
        Assert.Equal((30, 100), (Queue(options, Processors.Uploads).MaxConcurrency, Queue(options, Processors.Uploads).Prefetch));
        Assert.Equal((4, 4), (Queue(options, Processors.Mails).MaxConcurrency, Queue(options, Processors.Mails).Prefetch));
        Assert.Equal((1, 1), (Queue(options, Processors.Ledger).MaxConcurrency, Queue(options, Processors.Ledger).Prefetch));
    }

    [Fact]
    public void A_prefetch_that_nobody_wrote_follows_the_concurrency_of_the_environment() =>
        Assert.Equal(60, Queue(Options("""{ "settings.uploads": { "MaxConcurrency": 30 } }"""), Processors.Uploads).Prefetch);

    [Fact]
    public void Whether_a_node_runs_its_own_broadcasts_is_set_for_each_environment()
    {
        BroadcastFilter[] Filters(string queues) =>
            [.. Build(Options(queues), typeof(Listeners)).Queues.OrderBy(queue => queue.QueueId, StringComparer.Ordinal).Select(queue => queue.BroadcastFilter)];

        Assert.Equal([BroadcastFilter.FromOthersOnly, BroadcastFilter.All], Filters("{}"));
        Assert.Equal(
            [BroadcastFilter.All, BroadcastFilter.FromOthersOnly],
            Filters("""{ "settings.news": { "BroadcastFilter": "fromOthersOnly" }, "settings.caches": { "broadcastFilter": "All" } }"""));
    }

    [Theory]
    [InlineData("settings.news", "\"Others\"", ":BroadcastFilter is \"Others\"; write All or FromOthersOnly.")]
    [InlineData("settings.news", "1", ":BroadcastFilter is \"1\"; write All or FromOthersOnly.")]
    [InlineData("settings.news", "\"\"", ":BroadcastFilter is \"\"; write All or FromOthersOnly.")]
    [InlineData("settings.news", "\"All, FromOthersOnly\"", ":BroadcastFilter is \"All, FromOthersOnly\"; write All or FromOthersOnly.")]
    public void A_filter_that_does_not_exist_is_a_mistake(string queueId, string value, string told) =>
        Assert.Equal(
            $"BrokerQueues:Worker:Queues:{queueId}{told}", Assert.Single(Mistakes(Options($$"""{ "{{queueId}}": { "BroadcastFilter": {{value}} } }"""), typeof(Listeners))));

    [Fact]
    public void A_filter_of_a_queue_that_is_no_broadcast_is_a_mistake_wherever_it_is_set()
    {
        const string Told = ": BroadcastFilter is FromOthersOnly, and the queue is no broadcast but Sequential: each of its tasks runs on one node, whoever added it. " +
            "Leave BroadcastFilter out, or make it Broadcast.";
        Assert.Equal(
            "BrokerQueues:Worker:Queues:settings.ledger" + Told, Assert.Single(Mistakes(Options("""{ "settings.ledger": { "BroadcastFilter": "FromOthersOnly" } }"""))));
        Assert.Equal(
            "BrokerQueues:Worker:Queues:settings.ledger" + Told,
            Assert.Single(Mistakes(Options("{}", options => options.Queues["settings.ledger"] = new() { BroadcastFilter = BroadcastFilter.FromOthersOnly }))));
        Assert.StartsWith(
            "BrokerQueues:Worker:Queues:settings.uploads: BroadcastFilter is 7, which does not exist.",
            Assert.Single(Mistakes(Options("{}", options => options.Queues["settings.uploads"] = new() { BroadcastFilter = (BroadcastFilter)7 }))), StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_and_settings_are_the_same_in_upper_and_lower_case_as_in_all_configuration() =>
        Assert.Equal(30, Queue(Options("""{ "Settings.UPLOADS": { "maxconcurrency": "30", "ENABLED": "True" } }"""), Processors.Uploads).MaxConcurrency);

    [Fact]
    public void A_queue_id_may_have_colons() =>
        Assert.Equal(7, Queue(Options("""{ "settings:a:b": { "MaxConcurrency": 7 } }"""), Processors.Colons).MaxConcurrency);

    [Fact]
    public void A_setting_that_is_null_is_not_set() =>
        Assert.Equal(10, Queue(Options("""{ "settings.uploads": { "MaxConcurrency": null, "Enabled": null } }"""), Processors.Uploads).MaxConcurrency);

    [Fact]
    public void Code_comes_after_the_configuration()
    {
        WorkerOptions options = Options(
            """{ "settings.uploads": { "MaxConcurrency": 30 } }""",
            options =>
            {
                options.Queues["SETTINGS.uploads"].Prefetch = 99;
                options.Queues["settings.mails"] = new TaskQueueOptions { MaxConcurrency = 5 };
            });
        Assert.Equal((30, 99), (Queue(options, Processors.Uploads).MaxConcurrency, Queue(options, Processors.Uploads).Prefetch));
        Assert.Equal(5, Queue(options, Processors.Mails).MaxConcurrency);
    }

    [Fact]
    public void A_disabled_queue_is_left_out_with_its_processors_and_counts_for_no_total()
    {
        WorkerOptions options = Options("""{ "settings.uploads": { "Enabled": false, "MaxConcurrency": 1000 } }""");
        options.MaxTotalConcurrency = 10;
        ProcessorCatalog catalog = Build(options);
        Assert.DoesNotContain(catalog.Queues, queue => queue.QueueId == Processors.Uploads);
        Assert.DoesNotContain(catalog.Processors, processor => processor.QueueId == Processors.Uploads);
        Assert.Equal([Processors.Uploads], catalog.DisabledQueues.Select(queue => queue.QueueId));
        Assert.Equal(3, catalog.Queues.Count);
    }

    [Fact]
    public void Settings_of_a_queue_that_this_worker_only_declares_are_no_mistake() =>
        Assert.Equal(4, Build(Options($$"""{ "{{Declared.Elsewhere}}": { "MaxConcurrency": 30 } }""")).Queues.Count);

    [Fact]
    public void All_mistakes_are_told_at_once_each_with_what_to_write()
    {
        IReadOnlyList<string> mistakes = Mistakes(OptionsOf("""
            {
              "BrokerQueues": {
                "Worker": {
                  "Queus": {},
                  "Queues": {
                    "settings.uplaods": { "MaxConcurrency": 3 },
                    "nothing.like.it": {},
                    "settings.uploads": { "MaxConcurrncy": 3, "Enabled": "yes", "DeliveryLimit": 5, "Prefetch": "many", "Behavior": "Sequential" },
                    "settings.mails": { "Limits": { "Prefetch": 8 } },
                    "settings.ledger": 5
                  }
                }
              }
            }
            """));
        const string Path = "BrokerQueues:Worker:Queues:";
        Assert.Equal(10, mistakes.Count);
        Assert.Contains("BrokerQueues:Worker:Queus: there is no such option. Did you mean 'Queues'?", mistakes);
        Assert.Contains($"{Path}settings.uplaods: no queue 'settings.uplaods' is declared in the assemblies of this worker. Did you mean 'settings.uploads'?", mistakes);
        Assert.Contains(mistakes, mistake => mistake.StartsWith($"{Path}nothing.like.it: no queue 'nothing.like.it' is declared in the assemblies of this worker. Its queues are '", StringComparison.Ordinal));
        Assert.Contains($"{Path}settings.uploads:MaxConcurrncy: a queue has no setting 'MaxConcurrncy'. Did you mean 'MaxConcurrency'?", mistakes);
        Assert.Contains($"{Path}settings.uploads:Enabled is \"yes\"; write true or false.", mistakes);
        Assert.Contains($"{Path}settings.uploads:Prefetch is \"many\"; write a whole number, such as 10.", mistakes);
        Assert.Contains(mistakes, mistake => mistake.StartsWith($"{Path}settings.uploads:DeliveryLimit: DeliveryLimit is not set by configuration", StringComparison.Ordinal));
        Assert.Contains(mistakes, mistake => mistake.StartsWith($"{Path}settings.uploads:Behavior: Behavior is not set by configuration", StringComparison.Ordinal));
        Assert.Contains($"{Path}settings.mails:Limits: a queue has no section 'Limits'. Write its settings directly into {Path}settings.mails.", mistakes);
        Assert.Contains($"{Path}settings.ledger has a value of its own. Write settings into it: \"settings.ledger\": {{ \"MaxConcurrency\": 10 }}.", mistakes);
    }

    [Theory]
    [InlineData("settings.uploads", """{ "MaxConcurrency": 0 }""", ": MaxConcurrency is 0; it must be from 1 to 1000. So that this node does not consume the queue, set Enabled to false.")]
    [InlineData("settings.uploads", """{ "MaxConcurrency": 1001 }""", ": MaxConcurrency is 1001; it must be from 1 to 1000.")]
    [InlineData("settings.uploads", """{ "MaxConcurrency": -1, "Enabled": false }""", ": MaxConcurrency is -1; it must be from 1 to 1000.")]
    [InlineData("settings.uploads", """{ "Prefetch": 0 }""", ": Prefetch is 0; it must be from MaxConcurrency (10) to 65535.")]
    [InlineData("settings.uploads", """{ "Prefetch": 9 }""", ": Prefetch is 9; it must be from MaxConcurrency (10) to 65535.")]
    [InlineData("settings.uploads", """{ "Prefetch": 65536 }""", ": Prefetch is 65536; it must be from MaxConcurrency (10) to 65535.")]
    [InlineData("settings.ledger", """{ "MaxConcurrency": 2 }""", ": the queue is sequential and MaxConcurrency is 2. A sequential queue runs one task at a time; leave MaxConcurrency out, or make it Concurrent.")]
    [InlineData("settings.mails", """{ "MaxConcurrency": 9 }""", ": MaxConcurrency is 9, and Prefetch at Processors.Mails is 8; it must be from MaxConcurrency (9) to 65535. Set BrokerQueues:Worker:Queues:settings.mails:Prefetch as well.")]
    [InlineData("settings:a:b", """{ "MaxConcurrency": 0 }""", ": MaxConcurrency is 0; it must be from 1 to 1000. So that this node does not consume the queue, set Enabled to false.")]
    public void A_value_out_of_range_is_a_mistake_as_at_the_attribute_and_names_where_it_stands(string queueId, string settings, string told) =>
        Assert.Equal($"BrokerQueues:Worker:Queues:{queueId}{told}", Assert.Single(Mistakes(Options($$"""{ "{{queueId}}": {{settings}} }"""))));

    [Fact]
    public void A_value_that_code_sets_is_checked_too()
    {
        Assert.Equal(
            "BrokerQueues:Worker:Queues:settings.uploads: MaxConcurrency is 0; it must be from 1 to 1000. So that this node does not consume the queue, set Enabled to false.",
            Assert.Single(Mistakes(Options("{}", options => options.Queues["settings.uploads"] = new() { MaxConcurrency = 0 }))));
        Assert.StartsWith(
            "BrokerQueues:Worker:Queues:settings.upload: no queue", Assert.Single(Mistakes(Options("{}", options => options.Queues["settings.upload"] = null!))), StringComparison.Ordinal);
    }

    [Fact]
    public void Queues_whose_ids_differ_only_in_upper_and_lower_case_cannot_have_settings()
    {
        Assert.Equal(2, Build(Options("{}"), typeof(Cases)).Queues.Count);
        Assert.StartsWith(
            "BrokerQueues:Worker:Queues:settings.case: 'Settings.Case' and 'settings.case' differ only in upper and lower case",
            Assert.Single(Mistakes(Options("""{ "settings.case": { "Prefetch": 50 } }"""), typeof(Cases))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"all\"")]
    [InlineData("[ { \"MaxConcurrency\": 3 } ]")]
    public void Settings_that_are_no_section_are_a_mistake(string queues) => Assert.NotEmpty(Mistakes(Options(queues)));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    public void No_settings_at_all_are_none(string queues) => Assert.Equal(4, Build(Options(queues)).Queues.Count);

    [Fact]
    public async Task A_node_consumes_what_is_enabled_with_the_prefetch_of_its_environment()
    {
        var broker = new ScriptedBroker();
        using IHost host = BuildHost(broker, options =>
        {
            options.Queues[Processors.Uploads] = new() { Enabled = false };
            options.Queues[Processors.Colons] = new() { Enabled = false };
            options.Queues[Processors.Ledger] = new() { Prefetch = 50 };
        });

        await host.StartAsync().WaitAsync(Eventually.Deadline);

        Assert.Equal([Processors.Ledger, Processors.Mails], broker.Asked.Select(asked => asked.Request).OfType<Consume>().Where(consume => consume.Priority is null).Select(consume => consume.Queue).Order(StringComparer.Ordinal));
        Assert.Contains(broker.Asked, asked => asked.Request is Qos { Prefetch: 50 });
        Assert.DoesNotContain(broker.Asked, asked => asked.Request is LookFor look && look.Name.StartsWith(Processors.Uploads, StringComparison.Ordinal));
        await host.StopAsync().WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task A_node_of_which_all_queues_are_disabled_starts_without_a_broker_and_publishes_as_any_program()
    {
        var broker = new ScriptedBroker { Accepts = (name, _) => name.Contains("consuming", StringComparison.Ordinal) ? throw new IOException("no broker") : Task.CompletedTask };
        using IHost host = BuildHost(broker, options =>
        {
            foreach (string queueId in new[] { Processors.Uploads, Processors.Mails, Processors.Ledger, Processors.Colons })
            {
                options.Queues[queueId] = new() { Enabled = false };
            }
        });

        await host.StartAsync().WaitAsync(Eventually.Deadline);
        await host.Services.GetRequiredService<ITaskManager>().AddTaskAsync(Processors.Uploads, "A").WaitAsync(Eventually.Deadline);

        Assert.Single(broker.Asked, asked => asked.Request is Publish);
        await host.StopAsync().WaitAsync(Eventually.Deadline);
    }

    private static IHost BuildHost(ScriptedBroker broker, Action<WorkerOptions> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<OpenConnection>((factory, _, token) => broker.ConnectAsync(factory.ClientProvidedName!, token));
        builder.Services
            .AddBrokerQueues(options => options.Uri = new Uri("amqp://guest:guest@127.0.0.1/"))
            .AddWorker(worker => worker.AddProcessorsFrom<Processors>().Configure(configure));
        return builder.Build();
    }
}

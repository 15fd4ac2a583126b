using System.CommandLine;
using BrokerQueues.Samples.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var uri = new Option<Uri>("--uri") { Required = true, CustomParser = result => new Uri(result.Tokens[0].Value), Description = "The broker, as amqp://user:password@host:5672/vhost" };
var node = new Option<string>("--node") { Required = true, Description = "The name of this node, stable across restarts" };
var journal = new Option<string>("--journal") { Required = true, Description = "The file that executions are appended to, as JSON lines" };
var prefix = new Option<string>("--prefix") { DefaultValueFactory = _ => "", Description = "Put before every name on the broker" };
var grace = new Option<double>("--grace") { DefaultValueFactory = _ => 10, Description = "The grace period of a shutdown, in seconds" };
var root = new RootCommand("A worker whose processors do what the directive says, for programs that test BrokerQueues from outside.") { uri, node, journal, prefix, grace };

root.SetAction(async (arguments, cancellationToken) =>
{
    HostApplicationBuilder builder = Host.CreateApplicationBuilder();
    // Standard output is for READY alone.
    builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    var gracePeriod = TimeSpan.FromSeconds(arguments.GetValue(grace));
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = (gracePeriod * 2) + TimeSpan.FromSeconds(10));
    builder.Services.AddSingleton(new Journal(arguments.GetRequiredValue(journal), arguments.GetRequiredValue(node)));
    builder.Services
        .AddBrokerQueues(options =>
        {
            options.Uri = arguments.GetRequiredValue(uri);
            options.NodeId = arguments.GetRequiredValue(node);
            options.Prefix = arguments.GetRequiredValue(prefix);
        })
        .AddWorker(worker => worker
            .AddProcessorsFrom<ConformanceProcessors>()
            .Configure(options => options.ShutdownGracePeriod = gracePeriod));

    using IHost host = builder.Build();
    await host.StartAsync(cancellationToken);
    if (!host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested)
    {
        Console.WriteLine("READY");
    }

    await host.WaitForShutdownAsync(cancellationToken);
    return 0;
});

// The host handles SIGTERM and SIGINT; the parser must not end the process before it.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

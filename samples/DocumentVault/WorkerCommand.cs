using System.CommandLine;
using BrokerQueues.Samples.DocumentVault.Around;
using BrokerQueues.Samples.DocumentVault.Cataloguing;
using BrokerQueues.Samples.DocumentVault.Importing;
using BrokerQueues.Samples.DocumentVault.Recording;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Samples.DocumentVault;

/// <summary>A worker node. This is all that a worker needs.</summary>
internal static class WorkerCommand
{
    // Documents are imported in well under a second; nobody wants to wait longer for a demo to end.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var node = new Option<string>("--node") { Required = true, Description = "The name of this node, stable across restarts" };
        var command = new Command("worker", "Runs a worker node until SIGTERM; prints READY once it consumes.")
        {
            CommonOptions.Uri, CommonOptions.Prefix, CommonOptions.Vault, node,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var identity = new WorkerNode(arguments.GetRequiredValue(node));
            HostApplicationBuilder builder = Host.CreateApplicationBuilder();
            builder.Logging.ClearProviders().AddSimpleConsole(console => console.TimestampFormat = "HH:mm:ss.fff ");
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = (s_grace * 2) + TimeSpan.FromSeconds(5));
            builder.Services
                .AddSingleton(identity)
                .AddSingleton(arguments.GetRequiredValue(CommonOptions.Vault))
                .AddSingleton(provider => ActivatorUtilities.CreateInstance<Journal>(provider, identity.Name))
                .AddSingleton<Archive>()
                .AddSingleton<Ledger>()
                .AddSingleton<NodeCatalogue>();
            builder.Services
                .AddBrokerQueues(options =>
                {
                    options.Uri = arguments.GetRequiredValue(CommonOptions.Uri);
                    options.Prefix = arguments.GetRequiredValue(CommonOptions.Prefix);
                    options.NodeId = identity.Name;
                })
                .AddWorker(worker => worker
                    .AddProcessorsFrom<ImportProcessor>()
                    .AddProcessorsFrom<LedgerProcessor>()
                    .AddProcessorsFrom<CatalogueProcessor>()
                    .UseMiddleware<SlowTaskLog>()
                    .UseMiddleware<MaintenanceGuard>(processor => processor.QueueId == ImportProcessor.QueueId)
                    .Configure(options => options.ShutdownGracePeriod = s_grace));

            using IHost host = builder.Build();
            host.Services.GetRequiredService<Archive>().RemoveLeftovers();
            await host.StartAsync(cancellationToken);
            // Not before the start: what was recorded until then is read here, and what follows is heard as a broadcast.
            host.Services.GetRequiredService<NodeCatalogue>().Refresh();
            Console.WriteLine("READY");
            await host.WaitForShutdownAsync(cancellationToken);
            return 0;
        });
        return command;
    }
}

/// <summary>The name of this node.</summary>
internal sealed record WorkerNode(string Name);

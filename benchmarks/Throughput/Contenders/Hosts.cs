using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Benchmarks.Throughput.Contenders;

internal static class Hosts
{
    /// <summary>A host as services have it. Warnings go to standard error, because standard output is for answers.</summary>
    public static IHost Build(Action<IServiceCollection> configure)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        configure(builder.Services);
        return builder.Build();
    }
}

/// <summary>A host that consumes while it runs.</summary>
internal sealed class HostConsumption(IHost host) : IConsumption
{
    public Task StartAsync() => host.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}

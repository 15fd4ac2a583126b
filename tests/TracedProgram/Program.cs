// A publisher or a worker as a process of its own, which exports what it tells by OpenTelemetry into a file when it ends:
// TracedProgram publisher|first|second URI PREFIX FILE. What is published is in Publisher.cs, what is done with it in the processors.
using BrokerQueues.TracedProgram;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

if (args is not [var role, var uri, var prefix, var file])
{
    Console.Error.WriteLine("usage: TracedProgram publisher|first|second URI PREFIX FILE");
    return 2;
}

using var lines = new JsonLines(file);
HostApplicationBuilder builder = Host.CreateApplicationBuilder();
// Standard output is for what tests wait for.
builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(2));
builder.Services.AddOpenTelemetry()
    .WithTracing(traces => traces.AddBrokerQueuesInstrumentation().AddProcessor(_ => new SimpleActivityExportProcessor(new SpanFileExporter(lines))))
    .WithMetrics(metrics => metrics.AddBrokerQueuesInstrumentation().AddReader(_ => new PeriodicExportingMetricReader(new MetricFileExporter(lines), int.MaxValue)));
BrokerQueues.BrokerQueuesBuilder queues = builder.Services.AddBrokerQueues(options =>
{
    options.Uri = new Uri(uri);
    options.Prefix = prefix;
    options.NodeId = $"{prefix}{role}";
    options.PublishTimeout = TimeSpan.FromMinutes(2);
});
if (role != "publisher")
{
    queues.AddWorker(worker => worker
        .AddProcessorsFrom(role == "first" ? typeof(FirstProcessors) : typeof(SecondProcessors))
        .Configure(options => options.ShutdownGracePeriod = TimeSpan.FromSeconds(30)));
}

using IHost host = builder.Build();
await host.StartAsync();
if (role == "publisher")
{
    await Publisher.PublishAsync(host.Services.GetRequiredService<BrokerQueues.ITaskManager>());
    await host.StopAsync();
}
else
{
    Console.WriteLine("READY");
    await host.WaitForShutdownAsync();
}

host.Services.GetRequiredService<MeterProvider>().ForceFlush();
return 0;

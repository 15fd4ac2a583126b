using BrokerQueues.Samples.WebWorker;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(66));
builder.Services.AddBrokerQueues(builder.Configuration)
    .AddWorker(worker => worker
        .AddProcessorsFrom<Mailer>()
        .Configure(options => options.ShutdownGracePeriod = TimeSpan.FromSeconds(30)));
builder.Services.AddHealthChecks()
    .AddBrokerQueues()
    .AddBrokerQueuesLiveness();

WebApplication app = builder.Build();
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
await app.RunAsync();

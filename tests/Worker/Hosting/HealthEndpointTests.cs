using System.Net;
using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using BrokerQueues.TestKit.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Worker.Tests.Hosting;

/// <summary>The probes of docs/kubernetes.md.</summary>
public sealed class HealthEndpointTests
{
    private sealed class Mails
    {
        [TaskQueue]
        public const string Queue = "endpoint.mails";

        [TaskProcessor(Queue, "Mail", TransactionMode = TransactionMode.Unsafe)]
        public static Task RunAsync(ITaskProcessingJob job) => Task.CompletedTask;
    }

    [Fact]
    public void The_program_of_the_page_is_the_sample_that_is_built()
    {
        string root = TestBroker.RepositoryRoot();
        string page = File.ReadAllText(Path.Combine(root, "docs", "kubernetes.md"));
        string program = File.ReadAllText(Path.Combine(root, "samples", "WebWorker", "Program.cs")).TrimEnd();
        Assert.Contains($"```csharp\n{program}\n```", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probes_are_answered_while_the_worker_waits_for_its_broker_and_readiness_follows_it()
    {
        var broker = new ScriptedBroker { Accepts = (_, _) => throw new IOException("nobody there") };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(2));
        builder.Services.AddSingleton<OpenConnection>((factory, _, token) => broker.ConnectAsync(factory.ClientProvidedName!, token));
        builder.Services
            .AddBrokerQueues(options =>
            {
                options.Uri = new Uri("amqp://guest:guest@127.0.0.1/");
                options.MaxReconnectDelay = TimeSpan.FromMilliseconds(100);
            })
            .AddWorker(worker => worker.AddProcessorsFrom<Mails>());
        builder.Services.AddHealthChecks().AddBrokerQueues().AddBrokerQueuesLiveness();
        await using WebApplication program = builder.Build();
        program.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
        program.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
        Task running = program.RunAsync();
        await Eventually.TrueAsync(() => running.IsCompleted || program.Urls.Any(url => !url.EndsWith(":0", StringComparison.Ordinal)), "the web server");
        using var client = new HttpClient { BaseAddress = new Uri(program.Urls.First()) };

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await GetAsync(client, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(client, "/health/live"));

        broker.Accepts = (_, _) => Task.CompletedTask;
        await Eventually.TrueAsync(async () => await GetAsync(client, "/health/ready") == HttpStatusCode.OK, "ready");

        program.Lifetime.StopApplication();
        await running.WaitAsync(Eventually.Deadline);
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient client, string path)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri(path, UriKind.Relative)).WaitAsync(Eventually.Deadline);
        return response.StatusCode;
    }
}

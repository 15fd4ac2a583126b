using System.Security.Claims;
using System.Security.Principal;
using BrokerQueues.TestKit.Fakes;
using BrokerQueues.Worker.Hosting;
using BrokerQueues.Worker.Pipeline;
using BrokerQueues.Worker.Tests.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrokerQueues.Worker.Tests.Running;

/// <summary>The principal under which a worker runs its processors, where it has one.</summary>
public sealed class PrincipalTests
{
    private const string System = "orders-worker";

    [Fact]
    public async Task Without_the_option_a_processor_runs_under_no_principal_whoever_started_the_worker()
    {
        Thread.CurrentPrincipal = new GenericPrincipal(new GenericIdentity("the starter"), null);
        IPrincipal? seen = new GenericPrincipal(new GenericIdentity("nobody asked"), null);
        await using QueueHarness queue = await StartAsync(null, _ => seen = Thread.CurrentPrincipal);

        await RunAsync(queue);

        Assert.Null(seen);
    }

    [Fact]
    public async Task A_processor_runs_under_the_system_s_principal_and_reads_who_caused_the_task()
    {
        var seen = new List<ClaimsPrincipal?>();
        await using QueueHarness queue = await StartAsync(System, _ => seen.Add(ClaimsPrincipal.Current));

        await RunAsync(queue, ("bq-initiator", "user:ada"u8.ToArray()));
        await RunAsync(queue);

        Assert.All(seen, principal => Assert.Equal((System, "BrokerQueues", true), (principal!.Identity!.Name, principal.Identity.AuthenticationType, principal.Identity.IsAuthenticated)));
        Assert.Equal(["user:ada", null], seen.Select(principal => principal!.FindFirst(TaskPrincipal.InitiatorClaim)?.Value));
    }

    [Fact]
    public async Task What_one_task_makes_of_its_principal_is_not_the_next_one_s()
    {
        var claims = new List<int>();
        await using QueueHarness queue = await StartAsync(System, _ =>
        {
            claims.Add(ClaimsPrincipal.Current!.Claims.Count());
            ((ClaimsIdentity)ClaimsPrincipal.Current.Identity!).AddClaim(new Claim(ClaimTypes.Role, "admin"));
            Thread.CurrentPrincipal = new GenericPrincipal(new GenericIdentity("another"), null);
        });

        await RunAsync(queue);
        await RunAsync(queue);

        Assert.Equal([1, 1], claims);
    }

    [Fact]
    public async Task A_middleware_sees_it_and_may_run_the_processor_under_another()
    {
        string? seen = null;
        await using QueueHarness queue = await StartAsync(
            System, job => seen = ClaimsPrincipal.Current?.Identity?.Name, services =>
            {
                services.AddSingleton<Impersonation>();
                services.AddSingleton(new MiddlewareRegistration(typeof(Impersonation), null));
            });

        await RunAsync(queue);

        Assert.Equal((System, "impersonated"), (queue.Services.GetRequiredService<Impersonation>().Before, seen));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_runs_a_processor_has_its_own_principal_back(bool throws)
    {
        var mine = new GenericPrincipal(new GenericIdentity("mine"), null);
        Thread.CurrentPrincipal = mine;
        string? seen = null;
        await using ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        var processor = Processor.Of((_, _, _) =>
        {
            seen = Thread.CurrentPrincipal?.Identity?.Name;
            return throws ? throw new InvalidOperationException("It failed.") : ValueTask.FromResult(TaskProcessingJobResult.Complete);
        });
        var bound = new BoundProcessor(processor, [], services.GetRequiredService<IServiceScopeFactory>(), TimeProvider.System, NullLogger.Instance, System);
        TaskProcessingJob job = processor.CreateJob.Create(Processor.NewTask(), new Order(), new JobContext("orders", 0, TimeProvider.System, CancellationToken.None));

        // Not awaited: it has ended when it returns, and an await would bring back the caller's context by itself.
        ValueTask<TaskProcessingJobResult> run = bound.RunAsync(job, CancellationToken.None);

        Assert.Same(mine, Thread.CurrentPrincipal);
        Assert.True(run.IsCompleted);
        Assert.Equal(System, seen);
        Assert.Equal(throws, run.IsFaulted);
    }

    public static TheoryData<string, string> NoNames { get; } = new()
    {
        { "a\nb", "has no control characters and no line breaks; this one has U+000A as character 2." },
        { new string('n', 256), "has at most 255 bytes of UTF-8." },
    };

    [Theory]
    [MemberData(nameof(NoNames))]
    public void A_name_that_is_none_is_a_mistake(string name, string told) => Assert.Equal(
        $"BrokerQueues:Worker:SystemPrincipal is no name. A name of a principal {told}",
        Assert.Single(WorkerOptionsCheck.FindMistakes(new WorkerOptions { SystemPrincipal = name })));

    [Fact]
    public async Task An_empty_name_is_none()
    {
        IPrincipal? seen = new GenericPrincipal(new GenericIdentity("nobody asked"), null);
        await using QueueHarness queue = await StartAsync("", _ => seen = Thread.CurrentPrincipal);

        await RunAsync(queue);

        Assert.Null(seen);
    }

    private static async Task<QueueHarness> StartAsync(string? principal, Action<ITaskProcessingJob> does, Action<IServiceCollection>? add = null)
    {
        var queue = new QueueHarness(Kind.Concurrent, services =>
        {
            services.Configure<WorkerOptions>(options => options.SystemPrincipal = principal);
            add?.Invoke(services);
        });
        queue.Script.Does = async (job, _) =>
        {
            await Task.Yield();
            does(job);
            return TaskProcessingJobResult.Complete;
        };
        await queue.StartAsync();
        return queue;
    }

    private static async Task RunAsync(QueueHarness queue, params (string Name, object? Value)[] headers)
    {
        int settled = queue.Channel.Settlements.Count;
        await queue.DeliverAsync(headers: headers);
        await QueueHarness.UntilAsync(() => queue.Channel.Settlements.OfType<Ack>().Count() > settled, "it to be done");
    }

    private sealed class Impersonation : ITaskMiddleware
    {
        public string? Before { get; private set; }

        public async ValueTask<TaskProcessingJobResult> ExecuteAsync(
            ITaskProcessingJob job, ITaskProcessorInfo processor, TaskMiddlewareDelegate next, CancellationToken cancellationToken)
        {
            Before = ClaimsPrincipal.Current?.Identity?.Name;
            Thread.CurrentPrincipal = new GenericPrincipal(new GenericIdentity("impersonated"), null);
            return await next(job, cancellationToken);
        }
    }
}

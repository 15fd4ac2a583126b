using System.Collections.Concurrent;
using BrokerQueues.TestKit;
using BrokerQueues.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>A directive with a number.</summary>
public sealed class ClusterDirective : TaskDirective
{
    public long Seq { get; set; }
}

/// <summary>Whose ledger it is, and which node writes.</summary>
public sealed record LedgerOf(Ledger Ledger, string Node);

/// <summary>Writes down what happens, and goes on with what the test holds whatever its token says.</summary>
public sealed class ClusterProcessors(LedgerOf of)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
    public const string QueueId = "cluster.sequential";

    public const string TaskType = "Do";

    [TaskProcessor(QueueId, TaskType)]
    public async Task RunAsync(ITaskProcessingJob<ClusterDirective> job, CancellationToken cancellationToken)
    {
        long seq = job.Directive.Seq;
        of.Ledger.Write(seq, of.Node, Happening.Started);
        await using CancellationTokenRegistration aborted = job.JobAborted.Register(() => of.Ledger.Write(seq, of.Node, Happening.Aborted));
        try
        {
            if (of.Ledger.TakeHold(seq) is { } held)
            {
                await held.Task;
            }

            await job.CommitAsync(CancellationToken.None);
            of.Ledger.Write(seq, of.Node, Happening.Committed);
        }
        catch (Exception)
        {
            of.Ledger.Write(seq, of.Node, Happening.CommitRefused);
            throw;
        }
        finally
        {
            of.Ledger.Write(seq, of.Node, Happening.Ended);
        }
    }
}

/// <summary>A worker in the test's process, whose hosts are members of a cluster.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    private const string Opened = "Consuming connection open: ";

    private readonly IHost _host;
    private readonly Sink _log;

    private ClusterNode(IHost host, Sink log)
    {
        _host = host;
        _log = log;
    }

    /// <summary>The address at which its consuming connection last opened.</summary>
    public string ConnectedTo => LastOpened.Text[Opened.Length..].Split(',')[0];

    public DateTimeOffset ConnectedAt => LastOpened.At;

    public string Log => string.Join('\n', _log.Lines.Select(line => $"{line.At:HH:mm:ss.f} {line.Text}"));

    private LogLine LastOpened => _log.Lines.Last(line => line.Text.StartsWith(Opened, StringComparison.Ordinal));

    public static async Task<ClusterNode> StartAsync(string name, string prefix, IEnumerable<TestBroker> hosts, Ledger ledger)
    {
        var log = new Sink();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton(new LedgerOf(ledger, name));
        builder.Services
            .AddBrokerQueues(options =>
            {
                options.Hosts = [.. hosts.Select(host => host.Uri.Authority.Split('@')[^1])];
                options.Prefix = prefix;
                options.NodeId = prefix + name;
                options.MaxReconnectDelay = TimeSpan.FromSeconds(1);
            })
            .AddWorker(worker => worker.AddProcessorsFrom<ClusterProcessors>().Configure(options => options.ShutdownGracePeriod = TimeSpan.FromSeconds(2)));
        IHost host = builder.Build();
        await host.StartAsync();
        return new ClusterNode(host, log);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private sealed record LogLine(DateTimeOffset At, string Text);

    private sealed class Sink : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<LogLine> _lines = new();

        public IReadOnlyCollection<LogLine> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                _lines.Enqueue(new LogLine(DateTimeOffset.UtcNow, formatter(state, exception)));
            }
        }

        public void Dispose()
        {
        }
    }
}

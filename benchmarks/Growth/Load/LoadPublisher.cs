using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Benchmarks.Growth.Load;

/// <summary>A program that publishes, and stays connected from fill to fill.</summary>
internal sealed class LoadPublisher : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly ITaskManager _tasks;

    private LoadPublisher(IHost host)
    {
        _host = host;
        _tasks = host.Services.GetRequiredService<ITaskManager>();
    }

    public static async Task<LoadPublisher> StartAsync(Place place, CancellationToken cancellationToken)
    {
        IHost host = place.NewPublisher().Build();
        await host.StartAsync(cancellationToken);
        return new LoadPublisher(host);
    }

    /// <summary>Publishes so many tasks with one call.</summary>
    /// <returns>How many a second were confirmed.</returns>
    public async Task<double> FillAsync(string taskType, int tasks, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        await _tasks.AddTasksAsync(Enumerable.Range(0, tasks).Select(seq => new NewTask(LoadProcessors.QueueId, taskType, new LoadDirective { Seq = seq })), cancellationToken);
        return tasks / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Publishes a task for each delay. When each is due is counted from the moment at which it is handed over.</summary>
    public async Task<double> FillAsync(string taskType, IReadOnlyList<TimeSpan> delays, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        await _tasks.AddTasksAsync(delays.Select((delay, seq) => Delayed(taskType, seq, delay)), cancellationToken);
        return delays.Count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private static NewTask Delayed(string taskType, int seq, TimeSpan delay) =>
        new(LoadProcessors.QueueId, taskType, new LoadDirective { Seq = seq, DueAt = (DateTime.UtcNow + delay).Ticks }, new AddTaskOptions { Delay = delay });
}

using BrokerQueues.Broker;
using Microsoft.Extensions.DependencyInjection;

namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>A program that publishes, in the test's own process.</summary>
internal sealed class Publisher : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly Dictionary<string, int> _added = [];

    public Publisher(Uri broker, string prefix, Action<BrokerQueuesOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddBrokerQueues(options =>
        {
            options.Uri = broker;
            options.Prefix = prefix;
            configure?.Invoke(options);
        });
        _services = services.BuildServiceProvider();
    }

    public ITaskManager Tasks => _services.GetRequiredService<ITaskManager>();

    /// <summary>Adds tasks with the next numbers, from 0 on for each queue.</summary>
    public Task AddNumberedAsync(string queue, int count, Func<int, NumberedTask> task)
    {
        int from = _added.GetValueOrDefault(queue);
        _added[queue] = from + count;
        return Tasks.AddTasksAsync(Enumerable.Range(from, count).Select(seq =>
        {
            NumberedTask directive = task(seq);
            directive.Seq = seq;
            return new NewTask(queue, Queues.Do, directive);
        }));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

using BrokerQueues.Broker;
using Microsoft.Extensions.DependencyInjection;

namespace BrokerQueues.Faults.Tests.Stage;

/// <summary>A program that publishes, in the test's own process.</summary>
internal sealed class Publisher : IAsyncDisposable
{
    private readonly ServiceProvider _services;

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

    /// <summary>Adds tasks with the numbers from 0 on.</summary>
    public Task AddNumberedAsync(string queue, int count, Func<int, NumberedTask>? task = null) => Tasks.AddTasksAsync(
        Enumerable.Range(0, count).Select(seq =>
        {
            NumberedTask directive = task?.Invoke(seq) ?? new NumberedTask();
            directive.Seq = seq;
            return new NewTask(queue, Queues.Do, directive);
        }));

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
